"""Huge pages: what moves, what stays, and that nobody who reads meanwhile sees a difference."""

import mmap
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.running.engine import pages
from olbuild.running.engine.pages import HugePages, is_possible, regions

MIB = 1 << 20
SIZE = 40 * MIB

needs_pages = pytest.mark.skipif(not is_possible(), reason="this system has no huge pages of 2 MiB for who asks")


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be memory enough, whatever else this machine does."""
    monkeypatch.setattr(pages, "usable_memory", lambda: 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights of a model"
    path.write_bytes(os.urandom(SIZE))
    return path


@pytest.fixture
def moved(file: Path) -> Iterator[tuple[HugePages, mmap.mmap]]:
    """Map a file as llama.cpp does, and look at it."""
    found = HugePages([file])
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        found.look()
        yield found, mapped
    found.close()


def in_file(file: Path) -> int:
    """Return how much of it is mapped, in bytes."""
    return sum(region.end - region.start for region in regions() if region.name == str(file))


def rest(found: HugePages) -> int:
    """Move all that there is to move; return how often."""
    count = 0
    while found.move():
        count += 1
    return count


@needs_pages
def test_what_is_read_moves_and_stays_what_it_is(file: Path, moved: tuple[HugePages, mmap.mmap]) -> None:
    found, mapped = moved
    assert rest(found) == 0  # nothing was read yet
    rest(found)
    assert in_file(file) == SIZE
    half = mapped[: SIZE // 2]
    rest(found)
    assert SIZE // 2 - 2 * MIB <= in_file(file) <= SIZE // 2 + 4 * MIB
    whole = mapped[:]
    rest(found)
    assert in_file(file) <= 4 * MIB  # what is left is no whole piece
    assert whole[: SIZE // 2] == half
    assert mapped[:] == whole == file.read_bytes()


@needs_pages
def test_who_reads_meanwhile_sees_no_difference(file: Path, moved: tuple[HugePages, mmap.mmap]) -> None:
    found, mapped = moved
    content, wrong, stop = file.read_bytes(), list[int](), threading.Event()
    rest(found)

    def read() -> None:
        while not stop.is_set():
            wrong.extend(at for at in range(0, SIZE, MIB // 2) if mapped[at : at + 4096] != content[at : at + 4096])

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    assert mapped[:] == content
    rest(found)
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert in_file(file) <= 4 * MIB


@needs_pages
def test_nothing_moves_where_memory_is_short(
    file: Path, moved: tuple[HugePages, mmap.mmap], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, mapped = moved
    rest(found)
    monkeypatch.setattr(pages, "usable_memory", lambda: 64 << 40)
    assert mapped[:] == file.read_bytes()
    rest(found)
    assert in_file(file) == SIZE
    monkeypatch.setattr(pages, "usable_memory", lambda: 0)
    rest(found)
    assert in_file(file) <= 4 * MIB


@needs_pages
def test_what_was_mapped_before_stays(file: Path) -> None:
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        found = HugePages([file])
        found.look()
        rest(found)
        assert mapped[:] == file.read_bytes()
        rest(found)
        assert in_file(file) == SIZE


@needs_pages
def test_a_file_that_two_models_have_mapped_at_once_stays(file: Path) -> None:
    found = HugePages([file])
    with (
        file.open("rb") as opened,
        mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as one,
        mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as two,
    ):
        found.look()
        rest(found)
        assert one[:] == two[:]
        rest(found)
        assert in_file(file) == 2 * SIZE


@needs_pages
def test_a_file_that_another_model_has_loaded_stays_for_as_long_as_that_is_there(file: Path) -> None:
    other, found = HugePages([file]), HugePages([file])
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        found.look()
        rest(found)
        content = mapped[:]
        rest(found)
        assert in_file(file) == SIZE
        other.close()
        found.look()
        rest(found)
        assert mapped[:] == content
        rest(found)
        assert in_file(file) <= 4 * MIB
    found.close()


@needs_pages
def test_memory_that_came_is_collapsed_where_it_is() -> None:
    found = HugePages([])
    with mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        content = os.urandom(SIZE)
        memory[:] = content
        found.look()
        assert rest(found) >= SIZE // (2 * MIB) - 1
        assert memory[:] == content
        memory[:MIB] = bytes(MIB)
        assert memory[:MIB] == bytes(MIB)


@pytest.mark.parametrize(
    ("enabled", "size", "possible"),
    [
        ("always [madvise] never", "2097152", True),
        ("[always] madvise never", "2097152", True),
        ("always madvise [never]", "2097152", False),
        ("always [madvise] never", "536870912", False),
        ("always [madvise] never", "", False),
    ],
)
def test_where_it_is_possible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, enabled: str, size: str, *, possible: bool
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    folder = tmp_path / "sys/kernel/mm/transparent_hugepage"
    folder.mkdir(parents=True)
    (folder / "enabled").write_text(f"{enabled}\n")
    (folder / "hpage_pmd_size").write_text(f"{size}\n")
    assert is_possible(tmp_path) is possible
    assert not is_possible(tmp_path / "elsewhere")
    monkeypatch.setattr("sys.platform", "darwin")
    assert not is_possible(tmp_path)

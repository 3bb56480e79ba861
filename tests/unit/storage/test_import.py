"""Files of the user become blobs; a file that was not changed is not read again, one that was is never believed."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from olbuild.core.content import Descriptor
from olbuild.core.errors import IntegrityError, NotFoundError, UsageError
from olbuild.core.names import Digest
from olbuild.storage.store import Store, source

MIB = 1 << 20


def blob(store: Store, digest: Digest) -> Path:
    return store.layout.blobs.path(digest)


def described(path: Path) -> Descriptor:
    data = path.read_bytes()
    return Descriptor(media_type="application/octet-stream", digest=Digest.of(data), size=len(data))


@pytest.mark.parametrize("size", [0, 1, 4 * MIB, 8 * MIB, 70 * MIB + 4096, 70 * MIB + 1])
def test_a_file_of_any_size_arrives_whole(size: int, store: Store, tmp_path: Path) -> None:
    file, seen = tmp_path / "file", [0]
    file.write_bytes(os.urandom(size))
    imported = store.import_file(file, progress=seen.append)
    assert imported.digest == Digest.of(file.read_bytes())
    assert imported.size == size == sum(seen)
    assert blob(store, imported.digest).read_bytes() == file.read_bytes()
    assert store.verify() == ()
    assert not list(store.home.ingest.iterdir())


def test_a_sparse_file_arrives_with_its_holes(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "sparse"
    with file.open("wb") as stream:
        stream.seek(20 * MIB)
        stream.write(b"end")
    assert store.import_file(file).digest == Digest.of(file.read_bytes())
    assert store.verify() == ()


def test_blobs_are_read_only_whatever_the_umask_is(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"weights")
    before = os.umask(0o077)
    try:
        imported = store.import_file(file)
    finally:
        os.umask(before)
    assert blob(store, imported.digest).stat().st_mode & 0o777 == 0o444


def test_an_unchanged_file_is_not_read(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"weights")
    first, seen = store.import_file(file), [0]

    def refuse(*_arguments: object) -> None:
        pytest.fail("the file was read")

    monkeypatch.setattr(source, "pump", refuse)
    assert store.known_digest(file) == first.digest
    again = store.import_file(file, progress=seen.append)
    assert (again.how, again.digest, sum(seen)) == ("cached", first.digest, again.size)
    file.touch()
    assert store.known_digest(file) is None


def test_same_content_in_another_file_is_stored_once(store: Store, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"weights")
    two.write_bytes(b"weights")
    assert store.import_file(one).how in {"copy", "reflink"}
    assert store.import_file(two).how == "exists"


@pytest.mark.parametrize("keep_times", [False, True])
def test_a_changed_file_is_read_again(keep_times: bool, store: Store, tmp_path: Path) -> None:  # noqa: FBT001
    file = tmp_path / "file"
    file.write_bytes(b"version 1")
    store.import_file(file)
    times = file.stat()
    file.write_bytes(b"version 2")
    if keep_times:
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert store.known_digest(file) is None
    assert store.import_file(file).digest == Digest.of(b"version 2")


def test_a_file_that_was_written_just_now_is_still_safe_to_believe(store: Store, tmp_path: Path) -> None:
    """Write, import, and write again at once, within one tick of a coarse clock: the second content must be seen."""
    file = tmp_path / "file"
    for number in range(50):
        content = f"{number:04}".encode()
        file.write_bytes(content)
        assert store.import_file(file).digest == Digest.of(content)


def test_a_blob_that_was_collected_is_imported_again(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"weights")
    first = store.import_file(file)
    assert store.prune().digests == (first.digest,)
    assert store.import_file(file).how != "cached"
    assert store.exists(described(file))


def change(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.write(b"changed")


def grow(file: Path) -> None:
    with file.open("ab") as stream:
        stream.write(b"more")


def shrink(file: Path) -> None:
    os.truncate(file, 10 * MIB)


@pytest.mark.parametrize("disturb", [change, grow, shrink])
@pytest.mark.parametrize("link", [False, True])
def test_a_file_that_changes_while_it_is_read_is_an_error(
    disturb: Callable[[Path], None],
    link: bool,  # noqa: FBT001
    store: Store,
    tmp_path: Path,
) -> None:
    disturbed: list[bool] = []
    file = tmp_path / "file"
    file.write_bytes(bytes(16 * MIB))
    time.sleep(0.05)

    def progress(_amount: int) -> None:
        if not disturbed:
            disturbed.append(True)
            disturb(file)

    with pytest.raises(IntegrityError, match="was changed while it was read"):
        store.import_file(file, link=link, progress=progress)
    assert not list(store.layout.blobs)
    assert not list(store.home.ingest.iterdir())
    assert store.import_file(file, link=link).digest == Digest.of(file.read_bytes())


def test_what_is_no_file_is_refused(store: Store, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for name, kind, message in (
        ("missing", NotFoundError, "is not there"),
        ("pipe", UsageError, "not a regular file"),
        (".", UsageError, "not a regular file"),
        ("loop", NotFoundError, "in a circle"),
    ):
        with pytest.raises(kind, match=message):
            store.import_file(tmp_path / name)


def test_a_linked_file_is_one_inode_and_keeps_its_mode(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"weights")
    file.chmod(0o640)
    imported = store.import_file(file, link=True)
    assert imported.how == "link"
    assert blob(store, imported.digest).samefile(file)
    assert file.stat().st_mode & 0o777 == 0o640
    assert store.import_file(file, link=True).how == "cached"
    assert store.fetch(described(file)).read_at(0, 9) == b"weights"
    assert store.verify() == ()


def test_a_linked_file_that_was_changed_is_refused_and_replaced(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"version 1")
    original = described(file)
    store.import_file(file, link=True)
    file.write_bytes(b"version 2")
    assert not store.exists(original)
    with pytest.raises(IntegrityError, match="a hard link to a file that was changed"):
        store.fetch(original)
    assert [problem.kind for problem in store.verify()] == ["damaged"]
    other = tmp_path / "other"
    other.write_bytes(b"version 1")
    store.import_file(other)
    assert store.fetch(original).read_at(0, 9) == b"version 1"
    assert file.read_bytes() == b"version 2"
    assert store.verify() == ()


def test_touching_the_inode_of_a_linked_file_costs_one_read_and_no_trust(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"version 1")
    original = described(file)
    store.import_file(file, link=True)
    file.chmod(0o600)
    assert store.exists(original)
    times = file.stat()
    file.write_bytes(b"version 2")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert not store.exists(original)


def test_removing_a_link_leaves_the_file(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"weights")
    digest = store.import_file(file, link=True).digest
    assert store.prune().digests == (digest,)
    assert file.read_bytes() == b"weights"
    assert not list(store.home.links.iterdir())


def test_a_link_to_another_file_system_is_refused(store: Store, tmp_path: Path) -> None:
    shared_memory = Path("/dev/shm")  # noqa: S108 - only another file system will do
    if not shared_memory.is_dir() or shared_memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    file = shared_memory / f"olbuild-test-{os.getpid()}"
    file.write_bytes(b"weights")
    try:
        with pytest.raises(UsageError, match="cannot be hard-linked") as raised:
            store.import_file(file, link=True)
        assert "without --link it is copied" in str(raised.value.hint)
        assert store.import_file(file).how == "copy"
    finally:
        file.unlink()


def test_threads_that_import_one_file_share_the_work(store: Store, tmp_path: Path) -> None:
    file, how = tmp_path / "file", list[str]()
    file.write_bytes(os.urandom(12 * MIB))
    threads = [threading.Thread(target=lambda: how.append(store.import_file(file).how)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(how)[:3] == ["cached"] * 3
    assert store.verify() == ()

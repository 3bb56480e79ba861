"""Transfers that are gone on with: what stays, what goes, and what is never believed."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from olbuild.core.content import Descriptor
from olbuild.core.errors import IntegrityError, RegistryError
from olbuild.storage.parts import BLOCK
from olbuild.storage.ports import LeftoverError
from olbuild.storage.store import Layout, Store
from olbuild.storage.store.partfile import PartFile, blocks_of, received_of, record_of
from tests.tools import ROOT
from tests.unit.storage.parts.sources import Remote

DATA = os.urandom(12 * BLOCK + 7)
BLOB = Descriptor.of("application/octet-stream", DATA)


def breaking_at(place: int) -> Callable[[int], None]:
    def fault(offset: int) -> None:
        if offset >= place:
            raise RegistryError("it broke", hint="check the line")

    return fault


def left_in(store: Store) -> Path:
    return store.home.ingest / BLOB.digest.hex


def interrupt(store: Store, place: int = 5 * BLOCK + 9) -> RegistryError:
    with pytest.raises(RegistryError) as raised:
        store.push(BLOB, Remote(DATA, fault=breaking_at(place)))
    return raised.value


def test_a_transfer_that_failed_is_gone_on_with(store: Store) -> None:
    error = interrupt(store)
    assert error.message == "it broke"
    assert error.hint == (
        f"check the line; {5 * BLOCK:,} of {len(DATA):,} bytes are kept, and a repeat goes on from there"
    )
    assert not store.exists(BLOB)
    assert store.verify() == ()
    assert left_in(store).stat().st_size == 5 * BLOCK
    remote, told = Remote(DATA), list[int]()
    store.push(BLOB, remote, told.append)
    assert remote.sent == len(DATA) - 5 * BLOCK
    assert told[0] == 5 * BLOCK
    assert sum(told) == len(DATA)
    assert store.exists(BLOB)
    assert store.verify() == ()
    assert not list(store.home.ingest.iterdir())


def test_nothing_is_left_of_a_transfer_of_which_nothing_came(store: Store) -> None:
    assert interrupt(store, 0).hint == "check the line"
    assert not list(store.home.ingest.iterdir())


def test_what_was_changed_meanwhile_is_found_out_and_goes(store: Store) -> None:
    interrupt(store)
    with left_in(store).open("r+b") as file:
        file.seek(1000)
        file.write(b"damage")
    with pytest.raises(LeftoverError, match="an earlier, interrupted transfer") as raised:
        store.push(BLOB, Remote(DATA))
    assert raised.value.hint == "repeat it: everything is fetched anew then"
    assert not store.exists(BLOB)
    assert not list(store.home.ingest.iterdir())
    store.push(BLOB, Remote(DATA))
    assert store.exists(BLOB)


def test_wrong_bytes_are_not_kept(store: Store) -> None:
    with pytest.raises(IntegrityError) as raised:
        store.push(BLOB, Remote(DATA[:-1] + b"?"))
    assert not isinstance(raised.value, LeftoverError)
    assert not list(store.home.ingest.iterdir())


@pytest.mark.parametrize("record", [b"", b"{}", b"1" * 77, None])
def test_a_record_that_cannot_be_is_no_record(record: bytes | None, store: Store) -> None:
    interrupt(store)
    if record is None:
        os.truncate(left_in(store), 2 * BLOCK)
    else:
        record_of(left_in(store)).write_bytes(record)
    remote = Remote(DATA)
    store.push(BLOB, remote)
    assert remote.sent == len(DATA)
    assert store.verify() == ()


def test_a_record_of_another_size_is_none(store: Store) -> None:
    interrupt(store)
    assert received_of(left_in(store), len(DATA)) == 5 * BLOCK
    assert blocks_of(left_in(store), len(DATA) - 1) is None


def test_a_symbolic_link_in_the_place_of_a_record_is_not_followed(store: Store, tmp_path: Path) -> None:
    interrupt(store)
    record = record_of(left_in(store))
    target = tmp_path / "elsewhere"
    record.rename(target)
    record.symlink_to(target)
    before = target.read_bytes()
    assert blocks_of(left_in(store), len(DATA)) is None
    with pytest.raises(Exception, match="cannot be written"):
        store.push(BLOB, Remote(DATA))
    assert target.read_bytes() == before


def test_what_was_left_is_counted_and_pruned(store: Store) -> None:
    interrupt(store)
    assert store.layout.blobs.lacking(BLOB) <= len(DATA) - 5 * BLOCK
    assert store.prune(dry_run=True).interrupted >= 5 * BLOCK
    assert left_in(store).exists()
    assert store.prune().interrupted >= 5 * BLOCK
    assert not list(store.home.ingest.iterdir())
    assert store.prune().interrupted == 0


def test_what_was_left_stays_for_some_days_and_no_longer(store: Store, tmp_path: Path) -> None:
    interrupt(store)
    Store.open(tmp_path / "home").push(*tiny())
    assert left_in(store).exists()
    long_ago = time.time() - 8 * 24 * 3600
    os.utime(record_of(left_in(store)), (long_ago, long_ago))
    again = Store.open(store.home.path)
    again.push(*tiny(b"another"))
    assert not list(again.home.ingest.iterdir())


def tiny(data: bytes = b"tiny") -> tuple[Descriptor, Remote]:
    return Descriptor.of("application/octet-stream", data), Remote(data)


def test_a_layout_of_somebody_else_gets_nothing_unfinished(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    with pytest.raises(RegistryError):
        layout.push(BLOB, Remote(DATA, fault=breaking_at(5 * BLOCK)))
    assert sorted(path.name for path in layout.path.iterdir()) == ["blobs", "index.json", "oci-layout"]
    layout.push(BLOB, Remote(DATA))
    assert layout.exists(BLOB)


def test_who_waits_sees_the_progress_of_the_other(store: Store) -> None:
    go, told, begun = threading.Event(), list[int](), threading.Event()

    def fault(offset: int) -> None:
        if offset > 6 * BLOCK:
            begun.set()
            go.wait(30)

    first = threading.Thread(target=store.push, args=(BLOB, Remote(DATA, fault=fault)))
    first.start()
    assert begun.wait(30)
    remote = Remote(DATA)
    second = threading.Thread(target=store.push, args=(BLOB, remote, told.append))
    second.start()
    end = time.monotonic() + 30
    while sum(told) < 6 * BLOCK and time.monotonic() < end:
        time.sleep(0.01)
    assert sum(told) == 6 * BLOCK
    go.set()
    first.join()
    second.join()
    assert sum(told) == len(DATA)
    assert remote.sent == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 5 * BLOCK), order=st.permutations(range(5)), kill=st.integers(0, 9))
def test_a_kill_between_any_two_writes_leaves_what_is_true(
    size: int, order: list[int], kill: int, tmp_path: Path
) -> None:
    """``kill`` is how many writes there were, to the data and to the record, before the process died."""
    path, data, writes = tmp_path / "file", DATA[:size], [0]
    path.unlink(missing_ok=True)
    record_of(path).unlink(missing_ok=True)
    path.touch()
    os.truncate(path, size)
    file = PartFile(path, size, tmp_path, recorded=True)
    real = os.pwrite

    class Killed(Exception):
        pass

    def pwrite(descriptor: int, view: bytes, offset: int) -> int:
        if writes[0] == kill:
            raise Killed
        writes[0] += 1
        return real(descriptor, view, offset)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "pwrite", pwrite)
        try:
            for block in order:
                if block * BLOCK < size:
                    file.write(block, memoryview(data)[block * BLOCK : (block + 1) * BLOCK])
        except Killed:
            pass
    file.close()
    again = PartFile(path, size, tmp_path, recorded=True)
    for block in range(-(-size // BLOCK)):
        if again.has(block):
            part = memoryview(bytearray(min(BLOCK, size - block * BLOCK)))
            again.read(block, part)
            assert part == data[block * BLOCK : (block + 1) * BLOCK]
    assert again.received == received_of(path, size) <= size
    again.close()


KILLED = """
import os, sys, time
from pathlib import Path
from olbuild.storage.parts import BLOCK
from olbuild.storage.store import Store
from tests.unit.storage.parts.sources import Remote
from olbuild.core.content import Descriptor
home, number = Path(sys.argv[1]), int(sys.argv[2])
data = Path(sys.argv[3]).read_bytes()
def fault(offset):
    if offset >= number * BLOCK:
        time.sleep(0.5)  # what is on its way to the file, at most 24 blocks, arrives there
        os.kill(os.getpid(), 9)
Store.open(home).push(Descriptor.of("application/octet-stream", data), Remote(data, fault=fault))
"""


def test_a_process_that_is_killed_leaves_what_it_had(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(DATA)
    command = [sys.executable, "-c", KILLED, str(tmp_path / "home")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for number in (4, 9):
        killed = subprocess.run([*command, str(number), str(tmp_path / "data")], env=environment, check=False)
        assert killed.returncode == -9
    store = Store.open(tmp_path / "home")
    assert store.verify() == ()
    remote = Remote(DATA)
    store.push(BLOB, remote)
    assert remote.sent == len(DATA) - 9 * BLOCK
    assert store.verify() == ()

"""Fetching in parts: whatever fails and in whatever order bytes arrive, all are hashed once, in order."""

import hashlib
import os
import random
import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olbuild.core.errors import IntegrityError, NotFoundError, RegistryError, ResourceError
from olbuild.storage.parts import BLOCK, Crew, Stopped, fetch_parts
from olbuild.storage.parts.buffers import BUFFERS
from olbuild.storage.parts.pace import Look, Pace
from tests.unit.storage.parts.sources import Blocks, Places, Remote

DATA = os.urandom(24 * BLOCK + 12_345)


class Eager(Pace):
    """Wants as many readers as are allowed, from the first moment on."""

    def look(self, seen: Look) -> int:
        self.rate = 4.0 * BLOCK
        self.wanted = self.most if seen.receiving else self.wanted
        return self.wanted


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("olbuild.storage.parts.engine.Pace", Eager)
    monkeypatch.setattr("olbuild.storage.parts.engine._TICK", 0.002)


def fetch(remote: Remote, sink: Blocks) -> tuple[str, int]:
    """Fetch, and return the digest and the sum of all progress."""
    digest, told = hashlib.sha256(), list[int]()
    threads = threading.active_count()
    try:
        fetch_parts(remote, sink, digest.update, told.append)
    finally:
        assert threading.active_count() == threads
        assert remote.parallel.taken == 0
        assert BUFFERS._taken == 0
    return digest.hexdigest(), sum(told)


def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds, but not for ever."""
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.001)


def test_what_was_learnt_is_used_from_the_start() -> None:
    def fault(_offset: int) -> None:
        until(lambda: remote.parallel.highest >= 3)

    remote, sink = Remote(DATA, fault=fault), Blocks(len(DATA))
    remote.parallel.likely, remote.parallel.ranges = 3, True
    assert fetch(remote, sink) == (hashlib.sha256(DATA).hexdigest(), len(DATA))
    assert remote.parallel.highest == 3
    assert remote.parallel.learnt == [(True, 3)]


@pytest.mark.usefixtures("eager")
def test_ranges_that_are_not_there_are_asked_for_once() -> None:
    remote = Remote(DATA, ranges=False, fault=slowly)
    fetch(remote, Blocks(len(DATA)))
    assert remote.parallel.learnt == [(False, 1)]
    again = Remote(DATA, ranges=False, fault=slowly)
    again.parallel.ranges = False
    fetch(again, Blocks(len(DATA)))
    assert again.opened == [(0, len(DATA))]


def slowly(_offset: int) -> None:
    time.sleep(0.0005)


def test_one_reader_reads_everything_once() -> None:
    remote, sink = Remote(DATA, most=1 << 20), Blocks(len(DATA))
    assert fetch(remote, sink) == (hashlib.sha256(DATA).hexdigest(), len(DATA))
    assert sink.data == DATA
    assert remote.opened == [(0, len(DATA))]
    assert sink.written == sorted(sink.written)


@pytest.mark.usefixtures("eager")
def test_several_readers_share_the_work() -> None:
    def fault(offset: int) -> None:
        if offset >= 2 * BLOCK:
            until(lambda: remote.parallel.highest >= 3)  # the first one waits for company

    remote, sink = Remote(DATA, fault=fault), Blocks(len(DATA))
    assert fetch(remote, sink) == (hashlib.sha256(DATA).hexdigest(), len(DATA))
    assert sink.data == DATA
    assert 3 <= remote.parallel.highest <= 4
    assert len(remote.opened) > 1  # a reader that comes late finds nothing left to do
    assert remote.sent < len(DATA) + 4 * BLOCK


@pytest.mark.usefixtures("eager")
def test_a_source_without_ranges_is_read_once_from_its_start() -> None:
    remote, sink = Remote(DATA, ranges=False, fault=slowly), Blocks(len(DATA))
    assert fetch(remote, sink)[0] == hashlib.sha256(DATA).hexdigest()
    assert remote.opened[0] == (0, len(DATA))
    assert len(remote.opened) > 1
    assert remote.sent == len(DATA)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("ranges", [True, False])
def test_what_is_there_is_hashed_and_not_fetched(*, ranges: bool) -> None:
    remote, sink = Remote(DATA, ranges=ranges, fault=slowly), Blocks(len(DATA))
    for block in (*range(9), 12, 13, 24):
        sink.data[block * BLOCK : (block + 1) * BLOCK] = DATA[block * BLOCK : (block + 1) * BLOCK]
        sink.there.add(block)
    assert fetch(remote, sink) == (hashlib.sha256(DATA).hexdigest(), len(DATA))
    assert sink.data == DATA
    if ranges:
        assert not set(sink.written) & {*range(9), 12, 13, 24}
        assert remote.sent == 13 * BLOCK


def test_what_is_complete_is_not_asked_for() -> None:
    remote, sink = Remote(DATA), Blocks(len(DATA))
    sink.data[:] = DATA
    sink.there = set(range(25))
    assert fetch(remote, sink) == (hashlib.sha256(DATA).hexdigest(), len(DATA))
    assert remote.opened == []


@pytest.mark.usefixtures("eager")
def test_the_others_take_over_from_a_reader_that_fails() -> None:
    failed, lock = list[int](), threading.Lock()

    def fault(offset: int) -> None:
        slowly(offset)
        with lock:
            if remote.parallel.taken > 2 and len(failed) < 2:
                failed.append(offset)
                raise RegistryError("too many connections")

    remote, sink = Remote(DATA, fault=fault), Blocks(len(DATA))
    assert fetch(remote, sink) == (hashlib.sha256(DATA).hexdigest(), len(DATA))
    assert failed


@pytest.mark.usefixtures("eager")
def test_who_is_refused_when_the_only_other_one_has_failed_reads_what_is_missing() -> None:
    def fault(offset: int) -> None:
        if 2 * BLOCK < offset < 8 * BLOCK and len(remote.opened) < 3:  # the first one
            until(lambda: len(remote.opened) == 2)
            raise RegistryError("the connection broke")
        if offset >= 8 * BLOCK:
            until(lambda: remote.parallel.taken == 1)

    remote, sink = Remote(DATA, ranges=False, fault=fault, parallel=Places(2)), Blocks(len(DATA))
    assert fetch(remote, sink) == (hashlib.sha256(DATA).hexdigest(), len(DATA))
    assert sink.data == DATA
    assert [start > 0 for start, _end in remote.opened] == [False, True, True]
    assert remote.opened[2][0] <= 3 * BLOCK


@pytest.mark.usefixtures("eager")
def test_when_all_readers_fail_the_last_error_counts_and_what_arrived_is_there() -> None:
    def fault(offset: int) -> None:
        slowly(offset)
        if offset % (8 * BLOCK) > 5 * BLOCK:
            raise RegistryError("it failed")

    remote, sink = Remote(DATA, fault=fault), Blocks(len(DATA))
    with pytest.raises(RegistryError, match="it failed"):
        fetch(remote, sink)
    assert set(range(5)) <= sink.there
    for block in sink.there:
        assert sink.data[block * BLOCK : (block + 1) * BLOCK] == DATA[block * BLOCK : (block + 1) * BLOCK]


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("error", [NotFoundError, IntegrityError])
def test_what_a_repeat_cannot_mend_ends_everything(error: type[Exception]) -> None:
    def fault(offset: int) -> None:
        slowly(offset)
        if offset > 9 * BLOCK:
            raise error("gone")

    with pytest.raises(error, match="gone"):
        fetch(Remote(DATA, fault=fault), Blocks(len(DATA)))


@pytest.mark.usefixtures("eager")
def test_a_full_disk_ends_everything() -> None:
    def fault(block: int) -> None:
        if block == 7:
            raise ResourceError("full")

    with pytest.raises(ResourceError, match="full"):
        fetch(Remote(DATA, fault=slowly), Blocks(len(DATA), fault))


@pytest.mark.parametrize("cut", [0, 1, BLOCK, len(DATA) - 1])
def test_a_reader_that_ends_early_is_an_error(cut: int) -> None:
    class Short(Remote):
        @property
        def size(self) -> int:
            return len(DATA)

    with pytest.raises(IntegrityError, match=f"ended after {cut} of {len(DATA)} bytes"):
        fetch_parts(Short(DATA[:cut]), Blocks(len(DATA)), lambda _data: None, lambda _amount: None)


@pytest.mark.usefixtures("eager")
def test_it_stops_with_the_crew_that_it_works_in() -> None:
    remote, sink, crew, ended = Remote(DATA, fault=slowly), Blocks(len(DATA)), Crew(), list[object]()

    def work() -> None:
        try:
            fetch(remote, sink)
        except Stopped:
            ended.append("stopped")
            raise

    with crew.working():
        crew.start("work", work)
        while len(sink.there) < 3:
            time.sleep(0.001)
    assert ended == ["stopped"]
    assert len(sink.there) < 25


@pytest.mark.usefixtures("eager")
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1 << 32),
    size=st.integers(1, 14 * BLOCK),
    most=st.integers(1, 6),
    there=st.sets(st.integers(0, 13)),
    ranges=st.booleans(),
)
def test_with_any_faults_the_bytes_are_right_or_an_error_comes(
    seed: int, size: int, most: int, there: set[int], *, ranges: bool
) -> None:
    dice, lock, data = random.Random(seed), threading.Lock(), DATA[:size]  # noqa: S311 - the same again

    def fault(_offset: int) -> None:
        with lock:
            number = dice.random()
        if number < 0.01:
            raise RegistryError("by chance")
        if number < 0.1:
            time.sleep(number / 100)

    remote, sink = Remote(data, ranges, 200_000, fault, Places(most)), Blocks(size)
    for _ in range(200):  # what was left is gone on with, as by one process after another
        for block in there if not sink.there else ():
            part = data[block * BLOCK : (block + 1) * BLOCK]
            sink.data[block * BLOCK : block * BLOCK + len(part)] = part
            sink.there |= {block} if part else set()
        try:
            digest, told = fetch(remote, sink)
        except RegistryError:
            continue
        assert digest == hashlib.sha256(data).hexdigest()
        assert told == size
        assert sink.data == data
        return
    pytest.fail("it never ended")


def test_content_that_is_not_worth_it_is_refused() -> None:
    remote = Remote(DATA)
    remote.parallel = None  # type: ignore[assignment]
    with pytest.raises(ValueError, match="not worth"):
        fetch_parts(remote, Blocks(len(DATA)), lambda _data: None, lambda _amount: None)

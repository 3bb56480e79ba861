"""Content that is worth several readers, into one file in place: fetched, written and hashed side by side.

One thread for each reader, three that write, one that hashes; the caller's own looks after them. It knows nothing of
where the bytes come from.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from olbuild.core.content import ParallelContent, Reader, Slots, WholeOnlyError
from olbuild.core.errors import IntegrityError, RegistryError
from olbuild.core.records import Mutable
from olbuild.storage.parts.buffers import BLOCK, BUFFERS
from olbuild.storage.parts.follow import Follower, Sink
from olbuild.storage.parts.pace import Look, Pace
from olbuild.storage.parts.plan import Claim, Plan
from olbuild.storage.parts.stopping import Crew
from olbuild.storage.parts.writing import Writer
from olbuild.storage.ports import Progress

_WRITERS = 3  # on a disk that others use, one that waits for each of its writes gets less than half as much
_TICK = 0.1  # seconds between two looks at the rate
_PART_SECONDS = 2.0  # what a part should take: much longer than the question for it
_SMALLEST_PART, _LARGEST_PART = 8, 64  # blocks


def fetch_parts(
    content: ParallelContent, sink: Sink, hash_: Callable[[memoryview], object], progress: Progress
) -> None:
    """Fetch what the sink lacks, and give all bytes in order to ``hash_``, those that were there included.

    Begins with one reader; more are added while they raise the rate, as far as the content's slots go. A reader that
    fails leaves its work to the others. All memory is of ``BUFFERS``.

    Args:
        content: what is fetched.
        sink: the file; it may have some blocks already.
        hash_: called in another thread.
        progress: told about bytes that were there, at once, and about those that arrive; called in this thread.

    Raises:
        IntegrityError: if a reader ends before the content does.
        RegistryError: of the last reader, if all have failed.
        Stopped: if the work of this thread is told to stop.
        OlbuildError: whatever else a reader, the sink or ``hash_`` raises.
    """
    slots = content.parallel
    if slots is None:
        raise ValueError("the content is not worth several readers")
    _Fetch(content, sink, hash_, slots).run(progress)


class _Hand(Mutable):
    """What is known of one reading thread."""

    received: bool = False


class _Fetch:
    """The state of one ``fetch_parts``. What threads share is changed under ``crew.turn`` only."""

    def __init__(
        self, content: ParallelContent, sink: Sink, hash_: Callable[[memoryview], object], slots: Slots
    ) -> None:
        self._content = content
        self._size = content.size
        self._sink = sink
        self._slots = slots
        self._crew = Crew()
        self._turn = self._crew.turn
        self._plan = Plan(-(-self._size // BLOCK), sink.has)
        self._writer = Writer(sink, self._crew)
        self._follower = Follower(sink, self._size, hash_, self._crew, self._writer.release)
        # Where there may be no ranges, the first reader reads everything until another one has shown that there are.
        self._ranged = bool(slots.ranges)
        self._whole = slots.ranges is False  # it has shown that there are none
        self._pace = Pace(1 if self._whole else slots.most, slots.likely if self._ranged else 1)
        self._readers = 0
        self._receiving = 0
        self._received = 0

    def run(self, progress: Progress) -> None:
        left = self._plan.left
        there = sum(self._length(block) for block in range(self._plan.count) if self._sink.has(block))
        if there:
            progress(there)
        try:
            with self._crew.working():
                self._crew.start("hash", self._follower.run)
                for _ in range(_WRITERS):
                    self._crew.start("write", lambda: self._writer.run(self._follower.wake))
                if left:
                    self._add(first=True)
                self._attend(progress)
        finally:
            self._writer.give_up()
        if self._ranged and not self._whole and self._pace.proven > 1:
            self._slots.learn(ranges=True, readers=self._pace.proven)

    def _attend(self, progress: Progress) -> None:
        """Look after the threads until all is done; what the caller's thread does."""
        told = 0
        while True:
            with self._turn:
                if not self._over():
                    self._turn.wait(_TICK)
                received, done = self._received, self._done()
            if received > told:
                progress(received - told)
                told = received
            self._crew.check()
            if done:
                return
            self._adapt()

    def _over(self) -> bool:
        return self._done() or self._crew.error is not None

    def _done(self) -> bool:
        return self._follower.done and self._writer.idle

    # ── how many ──

    def _adapt(self) -> None:
        """Add readers while that helps; who is too many ends with its part."""
        with self._turn:
            seen = Look(
                now=time.monotonic(),
                cpu=time.process_time(),
                received=self._received,
                left=self._plan.left * BLOCK,
                receiving=self._receiving,
            )
            wanted = self._pace.look(seen)
            lacking = wanted - self._readers if self._readers else 0
        for _ in range(lacking):
            if not self._add(first=False):
                return

    def _add(self, *, first: bool) -> bool:
        if not self._slots.take(first=first):
            return False
        with self._turn:
            claim = self._claim() if self._readers < self._pace.wanted else None  # that may have changed by now
            self._readers += claim is not None
        if claim is None:
            self._slots.give()
            return False
        self._crew.start("fetch", lambda: self._fetch_all(claim), briefly=True)
        return True

    def _claim(self) -> Claim | None:
        """Take work for one more reader, or for one that goes on."""
        if self._whole:
            return self._plan.rest()
        readers = max(1, self._readers)
        rate = self._pace.rate / readers * _PART_SECONDS
        part = min(max(int(rate) // BLOCK, _SMALLEST_PART), _LARGEST_PART)
        alone = self._readers == 0 or (self._readers == 1 and self._pace.wanted == 1)
        claim = self._plan.take(None if alone else part, max(readers, self._pace.wanted))
        if claim is not None or alone:
            return claim
        return self._plan.split(part, part, known=self._ranged)

    # ── a reader ──

    def _fetch_all(self, claim: Claim) -> None:
        """Fetch one claim after another; what one thread does."""
        hand = _Hand()
        following: Claim | None = claim
        try:
            while following is not None:
                claim = following
                whole = not self._fetch(claim, hand)
                with self._turn:
                    self._plan.release(claim)
                    if whole:
                        self._read_whole()
                    following = self._following()
                    if following is None:  # in one go: who fails looks whether there is somebody to take over
                        self._leave(hand)
        except BaseException as error:
            with self._turn:
                self._plan.release(claim)
                others = self._readers > 1
                self._leave(hand)
                if not others or not isinstance(error, RegistryError):
                    raise
                # The others go on, and take over. Perhaps there were too many for the registry.
                self._pace.limit(self._readers)

    def _read_whole(self) -> None:
        """Have one reader from here on: there are no ranges."""
        self._whole = True
        self._pace.limit(1)
        self._slots.learn(ranges=False)

    def _following(self) -> Claim | None:
        spare = self._readers > 1 and (self._readers > self._pace.wanted or self._slots.crowded)
        return None if spare else self._claim()

    def _leave(self, hand: _Hand) -> None:
        self._readers -= 1
        self._receiving -= hand.received
        self._slots.give()

    def _fetch(self, claim: Claim, hand: _Hand) -> bool:
        """Fetch a claim; false if there are no ranges."""
        try:
            with self._open(claim) as reader:
                self._read(reader, claim, hand)
        except WholeOnlyError:
            return False
        return True

    def _open(self, claim: Claim) -> Reader:
        if claim.end == self._plan.count and (claim.start == 0 or self._whole):
            return self._content.open(claim.start * BLOCK)  # nobody can say no to that
        start, end = claim.start * BLOCK, min(claim.end * BLOCK, self._size)
        return self._content.open_part(start, end - start)

    def _read(self, reader: Reader, claim: Claim, hand: _Hand) -> None:
        """Read a claim block by block, as far as it reaches by then."""
        ranged = claim.start > 0
        while True:
            with self._turn:
                if claim.start >= claim.end:
                    break
                block = claim.start
            buffer = BUFFERS.take()
            data = buffer[: self._length(block)]
            try:
                self._fill(reader, data, block)
                with self._turn:
                    if not self._plan.confirm(claim):
                        BUFFERS.give(buffer)
                        return
                    claim.start += 1
                    self._ranged |= ranged
                    self._received += 0 if self._sink.has(block) else len(data)
                    self._receiving += not hand.received
                    hand.received = True
                    self._writer.take(block, data, shared=self._follower.offer(block, data))
            except BaseException:
                BUFFERS.give(buffer)
                raise
        if claim.end == self._plan.count:
            self._end(reader)

    def _fill(self, reader: Reader, data: memoryview, block: int) -> None:
        filled = 0
        while filled < len(data):
            count = reader.readinto(data[filled:])
            self._crew.stop.check()  # before the bytes are believed: a connection that was cut gives anything
            if not count:
                at = block * BLOCK + filled
                raise IntegrityError(f"the content ended after {at} of {self._size} bytes")
            filled += count

    def _end(self, reader: Reader) -> None:
        """See that nothing trails; a reader over HTTP gives its connection back at that."""
        if reader.readinto(memoryview(bytearray(1))):
            raise IntegrityError(f"the content has more than the {self._size} bytes it should")

    def _length(self, block: int) -> int:
        return min(BLOCK, self._size - block * BLOCK)

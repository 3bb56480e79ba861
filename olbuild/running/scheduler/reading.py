"""How a step's budget of tokens is shared among prompts."""

from __future__ import annotations

from olbuild.running.media import key_of, part_length, text_length, uncut
from olbuild.running.scheduler.entry import Entry
from olbuild.running.scheduler.pool import Pool
from olbuild.running.scheduler.queue import Queue
from olbuild.running.scheduler.tree import common

WORTH = 16
"""A common beginning of fewer tokens is read twice rather than waited for."""

_FEW, _MANY = 4, 8
"""So many times as much is read where nobody generates, or prompts end: when few wait, and when twice _MANY do."""


def budget(left: int, chunk: int, *, waiting: int, generating: int) -> tuple[int, int]:
    """Return how many tokens of prompts may be read in a step, and how many more if prompts end with them.

    Each step gives a token to all that generate, which costs those who wait for a first one; the more they are, the
    fewer and the longer the steps. A request that is alone is read in the same steps whatever the time, so that it
    gets the same answer each time.

    Args:
        left: how many tokens there is room for.
        chunk: as ``Scheduler.chunk``.
        waiting: how many requests wait for their first token.
        generating: how many generate.
    """
    if waiting + generating == 1:
        return left, 0
    most = min(left, chunk * min(max(_FEW, waiting // 2), _MANY))
    tokens = min(most, chunk) if generating else most
    return tokens, most - tokens


class Reading:
    """One step's share of prompts. ``share`` plans in each request how many of its tokens are read.

    The first half of the budget goes to the request that began first, the other one to the shortest prompts, among
    which is the next one of the queue. What a step may be longer than the budget is for prompts that end in it: so
    somebody gets a first token for what the others wait, and a long prompt makes nobody wait.

    A request whose beginning is being read by another one waits for that, when it is less than to read it again; the
    other one then stops there in its step, so that they go on together.

    A part of an image is read as a whole, beside the budget, and one in a step: it takes as long as it takes, and
    nobody shall wait for two. What a request reads in one step is text, or a part.
    """

    def __init__(self, queue: Queue, pool: Pool, budget: int, more: int, *, copies: bool) -> None:
        """Begin with the whole budget, and with so much more for what ends in this step."""
        self._queue, self._pool, self._budget, self._more, self._copies = queue, pool, budget, more, copies
        self._next: list[Entry] = queue.order()
        self._first: Entry | None = None

    def share(self) -> None:
        """Do it."""
        running = self._queue.running
        for entry in running:
            entry.stop = len(entry.tokens)
        reading = sorted((entry for entry in running if entry.pending > 1), key=lambda entry: entry.rank)
        others = sorted(reading[1:], key=lambda entry: entry.pending)
        for entry in reading[:1]:
            self._give_first(entry)
        while self._budget + self._more > 0 and self._go_on(others):
            pass
        if self._first is not None and self._first.sequence >= 0:
            self._give(self._first, self._budget)

    def _go_on(self, others: list[Entry]) -> bool:
        """Let the shortest of some prompts, or the next of the queue, be read; say whether there was one."""
        others[:] = [entry for entry in others if entry.sequence >= 0]
        while self._next and self._waits(self._next[0]):
            del self._next[0]
        if others and (not self._next or others[0].pending <= self._missing(self._next[0])):
            self._give(others.pop(0), self._budget)
        elif self._next and self._can_begin(entry := self._next[0]):
            entry.stop = len(entry.tokens)
            left = set(self._next) - {entry}
            self._next = [other for other in self._queue.order() if other in left]  # its client has had its turn
            if self._first is None:
                self._give_first(entry)
            else:
                self._give(entry, self._budget)
        elif self._next:
            self._next.clear()  # whoever comes after it must not overtake it, or it would never fit
        else:
            return False
        return True

    def _can_begin(self, entry: Entry) -> bool:
        """Let a request have a sequence, if this step can read something of it; say whether that was done."""
        return (self._budget > 0 or self._missing(entry) <= self._more) and self._queue.begin(entry)

    def _missing(self, entry: Entry) -> int:
        return len(entry.tokens) - self._queue.match(entry).length

    def _give_first(self, entry: Entry) -> None:
        """Give one half; what nobody else takes of the other one comes in the end."""
        self._first = entry
        self._give(entry, (self._budget + 1) // 2)

    def _give(self, entry: Entry, most: int) -> None:
        """Let a prompt be read on, to its end if the step may be so long, as far as there are cells."""
        start = entry.evaluated + entry.planned
        left = entry.stop - start
        if left > 0 and key_of(entry.tokens[start]):
            self._look(entry, part_length(entry.tokens, start))
            return
        if entry.planned and key_of(entry.tokens[start - 1]):
            return
        wanted = text_length(entry.tokens, start, max(0, left))
        count = wanted if wanted <= most + self._more else min(most, wanted)
        if not self._pool.reserve(count):
            count = min(count, self._pool.free)
        self._plan(entry, max(count, 0))

    def _look(self, entry: Entry, count: int) -> None:
        """Let a part of an image be read, if that is all that the step does for the request, and the only one."""
        looks = any(other.planned and key_of(other.tokens[other.evaluated]) for other in self._queue.running)
        if not looks and not entry.planned and self._pool.reserve(count):
            entry.planned = count
            self._pool.promised += count

    def _plan(self, entry: Entry, count: int) -> None:
        entry.planned += count
        self._pool.promised += count
        self._budget -= count
        if self._budget < 0:
            self._budget, self._more = 0, self._more + self._budget

    def _waits(self, entry: Entry) -> bool:
        """Whether a request shall wait for another one, which then stops where both part."""
        if not self._copies:
            return False
        if entry.behind is None or not _reads(*entry.behind):
            entry.behind = self._leader(entry)
        if entry.behind is None:
            return False
        leader, length = entry.behind
        leader.stop = min(leader.stop, length)
        self._plan(leader, min(0, leader.stop - leader.evaluated - leader.planned))
        return True

    def _leader(self, entry: Entry) -> tuple[Entry, int] | None:
        """Find who reads the longest common beginning, if it is worth to wait for it."""
        known = self._queue.match(entry).length
        best: tuple[Entry, int] | None = None
        for other in self._queue.running:
            if other.pending == 1 or other.cache != entry.cache or other.priority < entry.priority:
                continue
            length = uncut(entry.tokens, min(common(other.tokens, entry.tokens), len(entry.tokens) - 1))
            saved, missing = length - known, length - other.evaluated
            # Both at once would share the budget, and take twice as long.
            if saved >= WORTH and 0 < missing <= 2 * saved and (best is None or length > best[1]):
                best = other, length
        return best


def _reads(entry: Entry, length: int) -> bool:
    """Whether a request is still on its way to a length."""
    return entry.sequence >= 0 and entry.evaluated < length

"""Which requests may begin, in which order, and which ones make room for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from olbuild.running.scheduler.clients import Clients
from olbuild.running.scheduler.entry import Entry
from olbuild.running.scheduler.pool import Pool
from olbuild.running.scheduler.tree import Match

GROWTH = 32
"""Cells that are left to each answer to grow into before another request may begin."""


class Queue:
    """The requests that wait, and the way from there to a sequence and back.

    Args:
        pool: the sequences.
        clients: whose turn it is.
        most: how many requests can have a sequence.

    Attributes:
        most: the same; it may become more.
        running: those that have one.
        preempted: how many times one had to be given back.
    """

    def __init__(self, pool: Pool, clients: Clients, most: int) -> None:
        """Begin with an empty queue."""
        self._pool, self._clients, self.most = pool, clients, most
        self._waiting: list[Entry] = []
        self._starts = 0
        self.running: list[Entry] = []
        self.preempted = 0

    @property
    def reading(self) -> list[Entry]:
        """Those of them whose prompt is being read."""
        return [entry for entry in self.running if entry.pending > 1]

    @property
    def least(self) -> int:
        """The cells that a step needs: one for each answer, and what the first prompt needs to be read on."""
        reading = self.reading
        first = min(reading, key=lambda entry: entry.rank, default=None)
        return len(self.running) - len(reading) + (0 if first is None else first.unit)

    def add(self, entry: Entry) -> None:
        """Let a new request wait."""
        self._clients.arrive(entry.client)
        self._waiting.append(entry)

    def remove(self, entry: Entry) -> None:
        """Let a request go, wherever it is; its sequence rests."""
        self._clients.leave(entry.client, waiting=entry.sequence < 0)
        if entry.sequence < 0:
            self._waiting.remove(entry)
        else:
            self._stop(entry)

    def preempt(self, entry: Entry) -> None:
        """Let a request wait again. Its sequence rests: what is still there when it goes on is used again."""
        self._stop(entry)
        self._waiting.append(entry)
        self._clients.wait(entry.client)
        self.preempted += 1

    def _stop(self, entry: Entry) -> None:
        self.running.remove(entry)
        self._pool.rest(entry.sequence)
        self._pool.promised -= entry.planned
        entry.sequence, entry.evaluated, entry.planned = -1, 0, 0

    def order(self) -> list[Entry]:
        """Return those that wait, the next one first."""
        return sorted(self._waiting, key=self._turn)

    def _turn(self, entry: Entry) -> tuple[int, float, bool, int, int]:
        return -entry.priority, self._clients.time(entry.client), entry.start < 0, entry.start, entry.arrival

    def match(self, entry: Entry) -> Match:
        """Find what is there already of the tokens of a request, or in a copy that there is room for."""
        here = self._pool.match(entry.cache, entry.tokens)
        saved = self._pool.match_saved(entry.cache, entry.tokens, here)
        return saved if saved is not None and self._fits(entry, saved) else here

    def begin(self, entry: Entry) -> bool:
        """Give a request a sequence, if there is one, and cells for its tokens; say whether that was done."""
        match = self.match(entry)
        if not self._fits(entry, match):
            victims = self._victims(entry)
            if not victims or not self._fits(entry, match, victims):
                return False
            while victims and not self._fits(entry, match):
                self.preempt(victims.pop(0))
                match = self.match(entry)
        sequence = self._pool.begin(entry.cache, match)
        if sequence is None:
            return False
        self._waiting.remove(entry)
        self.running.append(entry)
        entry.sequence, entry.evaluated = sequence, self._pool.length(sequence)
        first = entry.start < 0
        self._clients.begin(entry.client, entry.pending if first else 0)
        if first:
            entry.start, entry.cached = self._starts, entry.evaluated
            self._starts += 1
        return True

    def _fits(self, entry: Entry, match: Match, without: Sequence[Entry] = ()) -> bool:
        """Whether there is room for a request, if some others had none."""
        others = [other for other in self.running if other not in without]
        if len(others) >= self.most:
            return False
        demand = match.cells(len(entry.tokens))
        if others:
            demand += _growth(entry) + sum(other.pending + _growth(other) for other in others)
        return demand <= self._pool.available(match, {other.sequence for other in without})

    def _victims(self, entry: Entry) -> list[Entry]:
        """Return those that have to make room for a request, the first one first.

        They are those of a lower priority; and if its client has nothing, then those that other clients have beside
        their first ones.
        """
        last_first = sorted(self.running, key=lambda other: other.rank, reverse=True)
        victims = [other for other in last_first if other.priority < entry.priority]
        counts = Counter(other.client for other in self.running)
        if counts[entry.client]:
            return victims
        equal = [other for other in last_first if other.priority == entry.priority]
        while (other := _of_the_largest(equal, counts)) is not None:
            counts[other.client] -= 1
            equal.remove(other)
            victims.append(other)
        return victims


def _growth(entry: Entry) -> int:
    return max(0, min(GROWTH, entry.most - entry.generated))


def _of_the_largest(entries: Collection[Entry], counts: Counter[str]) -> Entry | None:
    """Return the first one of the client that has most, if that are several."""
    largest = max(entries, key=lambda entry: counts[entry.client], default=None)
    return largest if largest is not None and counts[largest.client] > 1 else None

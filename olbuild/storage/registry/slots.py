"""How many connections a registry may be asked for at once."""

from __future__ import annotations

import threading

from olbuild.storage.registry.knowledge import Knowledge


class Connections:
    """Counts readers of blobs of one registry. Implements ``Slots``; safe for threads."""

    def __init__(self, most: int, known: Knowledge) -> None:
        """Begin with none; ``known`` is what was learnt of the registry."""
        self.most = most
        self._known = known
        self.best = 0.0
        """The best rate that a connection has had, in bytes a second."""
        self._taken = 0
        self._lock = threading.Lock()

    @property
    def likely(self) -> int:
        """How many connections were best before."""
        return self._known.facts.connections or 1

    @property
    def ranges(self) -> bool | None:
        """Whether a part of a blob can be asked for, as far as it is known."""
        return self._known.facts.ranges

    def learn(self, *, ranges: bool, readers: int = 1) -> None:
        """Remember what was seen."""
        if readers > 1:
            self._known.learn(ranges=ranges, connections=readers)
        else:
            self._known.learn(ranges=ranges)

    @property
    def crowded(self) -> bool:
        """Whether more are taken than the limit says."""
        return self._taken > self.most

    def moved(self, rate: float) -> None:
        """Remember a rate if it is the best one."""
        self.best = max(self.best, rate)

    def take(self, *, first: bool) -> bool:
        """Take one if one is free, or if it is the first of a blob."""
        with self._lock:
            if self._taken >= self.most and not first:
                return False
            self._taken += 1
            return True

    def give(self) -> None:
        """Give one back."""
        with self._lock:
            self._taken -= 1

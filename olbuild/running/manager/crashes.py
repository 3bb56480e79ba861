"""How often processes of a model ended unasked, and how long nobody tries again. Pure: the time is an argument."""

from __future__ import annotations

from dataclasses import dataclass

_FREE = 3
"""So many crashes in a row cost no waiting: the next request may be of another kind than those that crashed."""

_FIRST, _LONGEST = 5.0, 300.0
"""Seconds of the first pause, which doubles, and of the longest one."""


@dataclass(frozen=True, slots=True)
class Crashes:
    """The crashes since a request last ended well: how many, when the last one was, and what it said."""

    count: int = 0
    last: float = 0.0
    words: str = ""

    def and_one(self, now: float, words: str) -> Crashes:
        """Count one more."""
        return Crashes(self.count + 1, now, words)

    def pause(self, now: float) -> float:
        """Return for how many seconds, from now on, nothing is tried."""
        if self.count < _FREE:
            return 0.0
        length = min(_LONGEST, _FIRST * 2.0 ** min(self.count - _FREE, 10))
        return max(0.0, self.last + length - now)

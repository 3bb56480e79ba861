"""How often processes of models ended unasked, and how long nobody tries again. Pure: the time is an argument."""

from __future__ import annotations

import math

from olbuild.core.errors import BusyError
from olbuild.core.records import Frozen

_FREE = 3
"""So many crashes in a row cost no waiting: the next request may be of another kind than those that crashed."""

_FIRST, _LONGEST = 5.0, 300.0
"""Seconds of the first pause, which doubles, and of the longest one."""

_MOST = 1000
"""Models whose crashes are remembered."""


class _Row(Frozen):
    """Crashes since a request last ended well: how many, when the last one was, and what was said of it."""

    count: int = 0
    last: float = 0.0
    words: str = ""


class Crashes:
    """The crashes of all models, by a key. Times are in seconds, of any clock that does not go back."""

    def __init__(self) -> None:
        """Begin without any."""
        self._rows: dict[str, _Row] = {}

    def count(self, key: str, now: float, words: str) -> None:
        """Count one more."""
        self._rows[key] = _Row(self._rows.pop(key, _Row()).count + 1, now, words)
        while len(self._rows) > _MOST:
            del self._rows[next(iter(self._rows))]

    def pause(self, key: str, now: float) -> float:
        """Return for how many seconds, from now on, nothing is tried."""
        row = self._rows.get(key, _Row())
        if row.count < _FREE:
            return 0.0
        length = min(_LONGEST, _FIRST * 2.0 ** min(row.count - _FREE, 10))
        return max(0.0, row.last + length - now)

    def refuse(self, key: str, name: str, now: float) -> None:
        """Let nobody try during a pause.

        Raises:
            BusyError: if there is one.
        """
        pause = self.pause(key, now)
        if pause > 0:
            row = self._rows[key]
            raise BusyError(
                f"{name} crashed {row.count} times in a row; the last time, {row.words}",
                retry_after=pause,
                hint=f"the next attempt can be made in {math.ceil(pause)} seconds",
            )

    def forget(self, key: str) -> None:
        """Begin anew with a model that did what it should."""
        self._rows.pop(key, None)

    def clear(self) -> None:
        """Begin anew with all."""
        self._rows.clear()

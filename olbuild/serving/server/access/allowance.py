"""How much one key may ask: so many requests a minute, and so many at a time. Pure: the time is given."""

from __future__ import annotations

_MINUTE = 60.0
_SOON = 1.0  # when to come back if too many are going on: nobody knows when one ends


class Allowance:
    """A bucket of tokens that fills evenly, and a count of what is going on."""

    def __init__(self, per_minute: int | None, parallel: int | None) -> None:
        """Begin with a full bucket."""
        self._per_minute, self._parallel = per_minute, parallel
        self._tokens = float(per_minute or 0)
        self._filled = 0.0
        self._going_on = 0

    def enter(self, now: float) -> float:
        """Begin a request, and return 0; or begin none, and return in how many seconds to try again."""
        if self._parallel is not None and self._going_on >= self._parallel:
            return _SOON
        if self._per_minute is not None:
            rate = self._per_minute / _MINUTE
            self._tokens = min(float(self._per_minute), self._tokens + max(0.0, now - self._filled) * rate)
            self._filled = now
            if self._tokens < 1:
                return (1 - self._tokens) / rate
            self._tokens -= 1
        self._going_on += 1
        return 0.0

    def leave(self) -> None:
        """End a request that began."""
        self._going_on -= 1

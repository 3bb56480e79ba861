"""When a connection is too slow to wait for. Pure: the clock is handed in, in seconds."""

from __future__ import annotations

WINDOW = 6.0
"""Seconds over which a rate is taken."""

_LEAST = 1024.0  # bytes a second: below, no line is that slow
_MOST = 256 << 10  # bytes a second: above, no connection is given up for being slow
_TELLING = 0.5  # seconds
_SHARE = 64  # of the best rate that this registry has shown


class Drip:
    """Watches one connection."""

    def __init__(self, now: float) -> None:
        """Begin to count."""
        self._since = now
        self._count = 0

    def slow(self, count: int, now: float, best: float) -> bool:
        """Count bytes, and tell whether there were too few of them.

        ``best`` is the best rate that another connection, or this one, has had; 0 if only silence counts as slow.
        """
        self._count += count
        elapsed = now - self._since
        if elapsed < WINDOW:
            return False
        rate = self._count / elapsed
        self._since, self._count = now, 0
        return rate < max(_LEAST, min(_MOST, best / _SHARE))

    def rate(self, now: float) -> float:
        """Return the rate of late; 0 before it can be told."""
        elapsed = now - self._since
        return self._count / elapsed if elapsed > _TELLING else 0.0

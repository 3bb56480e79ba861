"""Who may stand in line. Pure bookkeeping: how many requests are open, of whom, and how long one takes."""

from __future__ import annotations

from collections import Counter

from olbuild.core.errors import BusyError

_SHORTEST, _LONGEST = 1.0, 300.0  # what is said in Retry-After


class Line:
    """Counts requests from their beginning to their end.

    Args:
        most: how many may wait, all together.
        most_of_one: how many one client may have open when its next one would have to wait; 0 is three quarters of
            ``most``, so that no client alone keeps the others out.
    """

    def __init__(self, most: int, most_of_one: int) -> None:
        """Begin without any request."""
        self._most = most
        self._most_of_one = most_of_one or max(1, most * 3 // 4)
        self._open: Counter[str] = Counter()
        self._seconds = 1.0

    @property
    def open(self) -> int:
        """How many requests are open."""
        return self._open.total()

    def join(self, client: str, *, waiting: int, places: int, waits: bool) -> None:
        """Count a request.

        Args:
            client: whose it is.
            waiting: how many wait already.
            places: how many are worked on at once.
            waits: whether this one would have to wait.

        Raises:
            BusyError: if it would, and may not.
        """
        if waits:
            full = waiting >= self._most
            if full or self._open[client] >= self._most_of_one:
                pause = min(_LONGEST, max(_SHORTEST, self._seconds * waiting / max(1, places)))
                text = (
                    f"{waiting} requests wait already" if full else f"{self._open[client]} requests of yours are open"
                )
                raise BusyError(f"the server is busy: {text}", retry_after=round(pause, 1))
        self._open[client] += 1

    def leave(self, client: str, seconds: float) -> None:
        """Count a request no longer that took so long."""
        self._open[client] -= 1
        if self._open[client] <= 0:
            del self._open[client]
        self._seconds += (seconds - self._seconds) / 8

"""When to try a request again, and after how long. Pure: the clock and the dice are arguments.

The list of statuses is go-containerregistry's and oras-go's: 408, 425, 429 and 5xx. Refusals (401, 403) and absence
(404) are answers, and never asked for twice. ``Retry-After`` is RFC 9110, section 10.2.3.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TypeAlias, assert_never

from olbuild.core.records import Frozen

_AGAIN = frozenset({408, 425, 429})
_SERVER_ERRORS = range(500, 600)
_NEVER = frozenset({501, 505})  # the server will not learn this in a minute


class Break(Enum):
    """How a connection failed."""

    CONNECT = "connect"  # refused, unknown host, no route: seldom better a moment later
    TRANSFER = "transfer"  # reset, cut short or silent in the middle
    FINAL = "final"  # a certificate that is not trusted, a malformed URL: the same each time


class Answered(Frozen, kw_only=True):
    """A response came. ``retry_after`` is its header as sent."""

    status: int
    retry_after: str | None = None


class Broken(Frozen, kw_only=True):
    """No response came, or only a part of one."""

    kind: Break


Outcome: TypeAlias = Answered | Broken


class Policy(Frozen, kw_only=True):
    """How patient to be. Times are in seconds; ``attempts`` counts the first one too."""

    attempts: int = 5
    connect_attempts: int = 3
    first_delay: float = 0.5
    factor: float = 2.0
    longest_delay: float = 30.0
    longest_retry_after: float = 120.0

    def delay(self, attempt: int, outcome: Outcome, *, dice: float, now: float) -> float | None:
        """Return how many seconds to wait before the next attempt, or ``None`` to stop.

        Args:
            attempt: how many attempts were made, 1 after the first.
            outcome: what came of the last one.
            dice: a random number from 0 up to 1; without it, all clients that were cut off come back at once.
            now: the time as seconds since 1970, to which a date in ``Retry-After`` is compared.
        """
        match outcome:
            case Answered(status=status, retry_after=header):
                if not is_transient(status) or attempt >= self.attempts:
                    return None
                asked = retry_after(header, now)
                if asked is not None:
                    return min(asked, self.longest_retry_after)
                return self._backoff(attempt, dice)
            case Broken(kind=kind):
                most = {Break.CONNECT: self.connect_attempts, Break.TRANSFER: self.attempts, Break.FINAL: 1}[kind]
                return self._backoff(attempt, dice) if attempt < most else None
            case _:
                assert_never(outcome)

    def _backoff(self, attempt: int, dice: float) -> float:
        """Grow exponentially; the lower half is certain, the upper half is chance."""
        full = min(self.first_delay * self.factor ** (attempt - 1), self.longest_delay)
        return full * (0.5 + 0.5 * dice)


def is_transient(status: int) -> bool:
    """Whether the same request can have another answer soon."""
    return status in _AGAIN or (status in _SERVER_ERRORS and status not in _NEVER)


def retry_after(header: str | None, now: float) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for, never negative; ``None`` if it says nothing usable."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
        return None if when.tzinfo is None else max(0.0, when.timestamp() - now)
    except (ValueError, OverflowError):  # the latter for a year or a zone that no machine counts to
        return None

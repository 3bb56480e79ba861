"""Times and durations as Go writes and reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from time import time_ns

from olbuild.core.errors import UsageError

_SECOND = 10**9
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([^0-9.]*)")
_LONGEST = 2**63 / _SECOND  # Go keeps nanoseconds in 64 bits


def now() -> str:
    """Return this moment in RFC 3339 with nanoseconds, in UTC."""
    return stamp(time_ns())


def stamp(nanoseconds: int) -> str:
    """Return a time since 1970 in RFC 3339, in UTC; zeros at the end of the fraction are not written, as in Go."""
    seconds, rest = divmod(nanoseconds, _SECOND)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"


def nanoseconds(seconds: float) -> int:
    """Return a duration as Go writes it in JSON."""
    return int(seconds * _SECOND)


def read_duration(text: str) -> float:
    """Read a duration as Go's ``time.ParseDuration`` does, in seconds: ``300ms``, ``-1.5h``, ``2h45m``.

    Raises:
        UsageError: if it is none, in Go's words.
    """
    sign, rest = (-1, text[1:]) if text[:1] == "-" else (1, text.removeprefix("+"))
    if rest == "0":
        return 0.0
    if not rest:
        raise UsageError(f'time: invalid duration "{text}"')
    total = 0.0
    while rest:
        part = _PART.match(rest)
        if part is None:
            raise UsageError(f'time: invalid duration "{text}"')
        number, unit = part.groups()
        if not unit:
            raise UsageError(f'time: missing unit in duration "{text}"')
        if unit not in _UNITS:
            raise UsageError(f'time: unknown unit "{unit}" in duration "{text}"')
        total += float(number) * _UNITS[unit]
        rest = rest[part.end() :]
    if total >= _LONGEST:
        raise UsageError(f'time: invalid duration "{text}"')
    return sign * total

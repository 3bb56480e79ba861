"""Where a layer is cut: as few parts as the limit allows, all of one size but the last."""

from __future__ import annotations

from typing import NamedTuple

SMALLEST_LIMIT = 1024
"""Parts have at least this many bytes to go to; below it, a part would be smaller than what describes it."""


class Cut(NamedTuple):
    """One part: where it begins in the whole, and how large it is, in bytes."""

    offset: int
    size: int


def cut(size: int, limit: int) -> tuple[Cut, ...]:
    """Cut ``size`` bytes into parts of at most ``limit`` bytes; one that fits is one part.

    The parts are as equal as they can be: two limits that need the same number of parts give the same parts.

    Raises:
        ValueError: if the limit is no size.
    """
    if limit <= 0:
        raise ValueError(f"{limit} bytes are no limit")
    count = max(1, -(-size // limit))
    each = max(1, -(-size // count))
    return tuple(Cut(offset, min(each, size - offset)) for offset in range(0, size, each)) or (Cut(0, 0),)

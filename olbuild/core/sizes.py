"""Amounts of bytes as people write them: ``9GiB``, ``10GB``, ``1048576``."""

from __future__ import annotations

import re

_UNITS = {
    "": 1,
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 1 << 10,
    "mib": 1 << 20,
    "gib": 1 << 30,
    "tib": 1 << 40,
}
_BILLION = 10**9
_SIZE = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,9}))? ?([A-Za-z]{0,3})")


def parse_size(text: str) -> int:
    """Read an amount of bytes; a fraction of a byte is cut off.

    Units are decimal (``GB``) or binary (``GiB``), in small or large letters; without one the number counts bytes.

    Raises:
        ValueError: if it is no such amount.
    """
    match = _SIZE.fullmatch(text)
    unit = _UNITS.get(match[3].lower()) if match else None
    if match is None or unit is None:
        raise ValueError(f"{text[:100]!r} is no size such as 9GiB, 500MB or 1048576")
    billionths = int(match[1]) * _BILLION + int((match[2] or "").ljust(9, "0"))
    return billionths * unit // _BILLION

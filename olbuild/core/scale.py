"""The scale of an adapter: a decimal number, which has one form in an artifact."""

from __future__ import annotations

import re

LARGEST_SCALE = 1000
"""How far from 0 a scale may be. What is used lies between -2 and 2; far beyond, a model says nothing but noise."""

_DIGITS = 6  # behind the point
_DECIMAL = re.compile(rf"[+-]?(?:[0-9]{{1,9}}(?:\.[0-9]{{0,{_DIGITS}}})?|\.[0-9]{{1,{_DIGITS}}})")


def parse_scale(text: str) -> float:
    """Read a scale as a person writes it: ``0.8``, ``-1``, ``.5``.

    Raises:
        ValueError: if it is no decimal number, has more than six digits behind the point, or is too large.
    """
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"it is not a decimal number with at most {_DIGITS} digits behind the point")
    value = float(text)
    format_scale(value)
    return value


def format_scale(value: float) -> str:
    """Write a scale in its one form: no exponent, no ``+``, no zeros at the end, no ``-0``.

    Raises:
        ValueError: if it is too large, or has more than six digits behind the point.
    """
    if not abs(value) <= LARGEST_SCALE:  # not a number is never within it
        raise ValueError(f"it is not between -{LARGEST_SCALE} and {LARGEST_SCALE}")
    text = f"{value:.{_DIGITS}f}".rstrip("0").rstrip(".")
    if float(text) != value:
        raise ValueError(f"it has more than {_DIGITS} digits behind the point")
    return "0" if value == 0 else text

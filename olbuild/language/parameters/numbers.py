"""Numbers, truth values and versions in the syntax of Go's ``strconv`` and ``golang.org/x/mod/semver``.

Each function raises ``ValueError`` where Go reports an error.
"""

from __future__ import annotations

import math
import re
import struct
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

_INTEGER = re.compile(r"[+-]?[0-9]+")
_LONGEST_INT64 = 19
_DECIMAL = re.compile(r"[+-]?(?:[0-9_]+\.?[0-9_]*|\.[0-9_]+)(?:[eE][+-]?[0-9][0-9_]*)?")
_HEXADECIMAL = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F_]+\.?[0-9a-fA-F_]*|\.[0-9a-fA-F_]+)[pP][+-]?[0-9][0-9_]*")
# An underscore stands between digits, or between the prefix of a base and a digit.
_BAD_UNDERSCORE = re.compile(r"(?<![0-9a-fA-FxX])_|_(?![0-9a-fA-F])")
_BAD_DECIMAL_UNDERSCORE = re.compile(r"(?<![0-9])_|_(?![0-9])")
_INFINITE = re.compile(r"(?ai:[+-]?inf(?:inity)?|nan)")
_FLOAT32_DIGITS = 9
_LARGEST = float.fromhex("0x1.fffffep127")

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})

_NUMBER = r"(?:0|[1-9][0-9]*)"
_PRERELEASE = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(
    rf"{_NUMBER}(?:\.{_NUMBER}(?:\.{_NUMBER}"
    rf"(?:-{_PRERELEASE}(?:\.{_PRERELEASE})*)?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?)?"
)


def parse_int(text: str) -> int:
    """Read a decimal integer of 64 bits (``strconv.ParseInt(text, 10, 64)``)."""
    if not _INTEGER.fullmatch(text):
        raise ValueError("it is not a whole number")
    digits = text.lstrip("+-").lstrip("0")
    value = int(digits or "0") if len(digits) <= _LONGEST_INT64 else 2**64
    value = -value if text.startswith("-") else value
    if not -(2**63) <= value < 2**63:
        raise ValueError("it does not fit into 64 bits")
    return value


def parse_bool(text: str) -> bool:
    """Read a truth value (``strconv.ParseBool``)."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError("it is neither true nor false")


def parse_float32(text: str) -> float:
    """Read a number of 32 bits (``strconv.ParseFloat(text, 32)``), as the shortest decimal that names it.

    NaN and the infinities are refused: Go reads them, and then cannot write them as JSON.
    """
    if _INFINITE.fullmatch(text):
        raise ValueError("JSON cannot carry it")
    if _HEXADECIMAL.fullmatch(text):
        bad = _BAD_UNDERSCORE
    elif _DECIMAL.fullmatch(text):
        bad = _BAD_DECIMAL_UNDERSCORE
    else:
        raise ValueError("it is not a number")
    if bad.search(text):
        raise ValueError("an underscore stands between digits only")
    return _shortest(_nearest(text.replace("_", "")))


def _nearest(text: str) -> float:
    """Return the nearest 32-bit number, rounded once."""
    try:
        value = float.fromhex(text) if _is_hexadecimal(text) else float(text)
    except OverflowError:
        value = math.inf
    nearest = _float32(value)
    # A 64-bit number right between two of 32 bits may itself have been rounded. Then the exact value decides.
    other = _float32(2 * value - nearest) if math.isfinite(nearest) else math.copysign(_LARGEST, value)
    middle = Fraction(_bounded(nearest)) + Fraction(_bounded(other))
    if math.isfinite(value) and other != nearest and 2 * Fraction(value) == middle:
        exact = _exact(text)
        if exact != Fraction(value):
            nearest = min(nearest, other) if exact < Fraction(value) else max(nearest, other)
    if math.isinf(nearest):
        raise ValueError("it does not fit into 32 bits")
    return nearest


def _bounded(value: float) -> float:
    """Return where the next 32-bit number would stand, if the exponent had no end, in place of an infinity."""
    return value if math.isfinite(value) else math.copysign(2.0**128, value)


def _is_hexadecimal(text: str) -> bool:
    return "x" in text or "X" in text


def _exact(text: str) -> Fraction:
    """Return the exact value. Only for a text whose 64-bit value is finite and not zero: so its exponent is small."""
    if not _is_hexadecimal(text):
        return Fraction(Decimal(text))
    mantissa, exponent = text.lower().replace("0x", "", 1).split("p")
    whole, _, fraction = mantissa.partition(".")
    return Fraction(int(whole + fraction, 16)) * Fraction(2) ** (int(exponent) - 4 * len(fraction))


def _float32(value: float) -> float:
    """Round to 32 bits, to an infinity beyond the largest."""
    try:
        number: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return number


def _shortest(value: float) -> float:
    """Return the float whose ``repr`` has the fewest digits that still name this 32-bit number."""
    if value == 0:
        return value
    exact = Decimal(value)
    for digits in range(1, _FLOAT32_DIGITS):
        candidates = (
            Context(prec=digits, rounding=rounding).plus(exact)
            for rounding in (ROUND_HALF_EVEN, ROUND_FLOOR, ROUND_CEILING)
        )
        for candidate in candidates:
            if _float32(float(candidate)) == value:
                return float(candidate)
    return float(Context(prec=_FLOAT32_DIGITS).plus(exact))


def parse_version(text: str) -> str:
    """Read a version (``semver.IsValid`` once ``v`` stands before it) and return it without the ``v``."""
    version = text.removeprefix("v")
    if not _SEMVER.fullmatch(version):
        raise ValueError("it is not a semantic version")
    return version

"""The one JSON encoder whose bytes reach a digest, and the one decoder for JSON from elsewhere.

The encoding follows RFC 8785 (JSON Canonicalization Scheme): sorted keys, no blanks, UTF-8, numbers as ECMAScript
prints them. Keys are sorted by code point, which is the same order for every key that olbuild writes.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import TypeAlias

from olbuild.core.errors import FormatError

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
"""A JSON value."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_HALF = "a text holds half a character (a lone surrogate), which is no JSON in UTF-8"
_LONGEST_INTEGER = 21  # ECMAScript Number::toString writes an exponent beyond this many digits ...
_SMALLEST_FRACTION = -6  # ... and with this many zeros behind the point


def canonical_json(value: object) -> bytes:
    """Encode a JSON value (dict, list or tuple, str, int, float, bool, None) to its canonical bytes.

    Raises:
        TypeError: if the value is not JSON.
        ValueError: for NaN, an infinity, or text that is not valid Unicode.
    """
    pieces: list[str] = []
    _write(value, pieces)
    try:
        return "".join(pieces).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(_HALF) from None


def _write(value: object, pieces: list[str]) -> None:
    match value:
        case None:
            pieces.append("null")
        case bool():
            pieces.append("true" if value else "false")
        case str():
            pieces.append(json.dumps(value, ensure_ascii=False))
        case int():
            pieces.append(int.__repr__(value))
        case float():
            pieces.append(_number(value))
        case dict():
            pieces.append("{")
            for index, key in enumerate(sorted(value)):
                if not isinstance(key, str):
                    raise TypeError(f"JSON keys are text, not {type(key).__name__}")
                pieces.append(("," if index else "") + json.dumps(key, ensure_ascii=False) + ":")
                _write(value[key], pieces)
            pieces.append("}")
        case list() | tuple():
            pieces.append("[")
            for index, item in enumerate(value):
                if index:
                    pieces.append(",")
                _write(item, pieces)
            pieces.append("]")
        case _:
            raise TypeError(f"{type(value).__name__} is not JSON")


def _number(value: float) -> str:
    """Print a float as ECMAScript does: the shortest digits that read back (RFC 8785, section 3.2.2.3)."""
    if not math.isfinite(value):
        raise ValueError("JSON has no NaN and no infinity")
    if value == 0:
        return "0"
    sign, numbers, exponent = Decimal(repr(value)).normalize().as_tuple()
    digits = "".join(map(str, numbers))
    point = len(digits) + int(exponent)  # where the decimal point stands, counted from the first digit
    if len(digits) <= point <= _LONGEST_INTEGER:
        text = digits + "0" * (point - len(digits))
    elif 0 < point <= _LONGEST_INTEGER:
        text = f"{digits[:point]}.{digits[point:]}"
    elif _SMALLEST_FRACTION < point <= 0:
        text = f"0.{'0' * -point}{digits}"
    else:
        text = f"{digits[0]}{'.' + digits[1:] if digits[1:] else ''}e{point - 1:+d}"
    return ("-" if sign else "") + text


def decode_json(data: bytes, what: str) -> Json:
    """Decode JSON that came from elsewhere; ``what`` names it in errors.

    Raises:
        FormatError: if it is not UTF-8, not JSON, nested too deeply, has a key twice, text with half a character, or a
            number that nobody can hold.
    """
    try:
        value: Json = _DECODER.decode(data.decode("utf-8"))
        if _SURROGATE.search(data):  # an escape can write what UTF-8 cannot, and no encoder could write it again
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{what} is not valid JSON: {_reason(error)}") from None
    return value


def _reason(error: ValueError | RecursionError) -> str:
    match error:
        case RecursionError():
            return "it is nested too deeply"
        case UnicodeDecodeError():
            return f"it is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}"
        case UnicodeEncodeError():
            return _HALF
        case _:
            return str(error)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return result


def _refuse(constant: str) -> Json:
    raise ValueError(f"{constant} is not JSON")


def _integer(digits: str) -> int | float:
    if digits == "-0":  # whose sign only a float holds
        return -0.0
    try:
        return int(digits)
    except ValueError:  # the interpreter's guard against numbers that take minutes to read
        raise ValueError(f"a number has {len(digits)} digits") from None


def _fraction(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError("a number is too large")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse, parse_int=_integer, parse_float=_fraction
)

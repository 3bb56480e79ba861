"""How Go writes floating-point numbers (strconv.FormatFloat, and encoding/json)."""

from __future__ import annotations

import math

from olbuild.language.template.go.errors import GoError

_MOST_PLAIN = 6  # %g without a precision writes an exponent from 1e+06 on ...
_LEAST_PLAIN = -4  # ... and below 0.0001
_MANTISSA, _LEAST_EXPONENT = 53, -1074  # of a float64, in bits
_JSON_LARGEST, _JSON_SMALLEST = 1e21, 1e-6


def formatted(value: float, verb: str, precision: int) -> str:
    """Format with the verb b, e, E, f, g, G, x or X; a precision of -1 means the fewest digits that read back."""
    if not math.isfinite(value):
        return _special(value)
    if verb == "b":
        return _binary(value)
    if verb in "xX":
        return _hexadecimal(value, verb, precision)
    if precision >= 0:
        if verb in "gG" and precision == 0:
            precision = 1
        return f"{value:.{precision}{verb}}"
    sign, digits, point = _digits(value)
    if verb in "gG":
        exponent = point - 1
        plain = _LEAST_PLAIN <= exponent < _MOST_PLAIN
        text = _plain(digits, point) if plain else _scientific(digits, exponent)
    elif verb == "f":
        text = _plain(digits, point)
    else:
        text = _scientific(digits, point - 1)
    return sign + (text.upper() if verb in "GE" else text)


def _binary(value: float) -> str:
    """Return the whole mantissa and the power of two."""
    mantissa, exponent = math.frexp(abs(value))
    exponent = max(exponent - _MANTISSA, _LEAST_EXPONENT) if value else _LEAST_EXPONENT
    sign = "-" if math.copysign(1, value) < 0 else ""
    whole = int(math.ldexp(abs(value), -exponent)) if mantissa else 0
    return f"{sign}{whole}p{exponent:+d}"


def _hexadecimal(value: float, verb: str, precision: int) -> str:
    """Return the mantissa in hexadecimal, between 1 and 2, and the power of two."""
    sign = "-" if math.copysign(1, value) < 0 else ""
    mantissa, exponent = math.frexp(abs(value))
    bits, exponent = (int(mantissa * (1 << _MANTISSA)), exponent - 1) if value else (0, 0)
    digits = 13  # hexadecimal ones in 52 bits
    if 0 <= precision < digits:
        unit = 1 << 4 * (digits - precision)
        bits, rest = divmod(bits, unit)
        bits += rest * 2 > unit or (rest * 2 == unit and bits % 2)
        digits = precision
        if bits >> 4 * digits > 1:
            bits, exponent = bits >> 1, exponent + 1
    fraction = f"{bits & ((1 << 4 * digits) - 1):0{digits}x}" if digits else ""
    fraction = fraction.rstrip("0") if precision < 0 else fraction.ljust(precision, "0")
    text = f"0x{bits >> 4 * digits}{'.' + fraction if fraction else ''}p{exponent:+03d}"
    return sign + (text.upper() if verb == "X" else text)


def json_number(value: float) -> str:
    """Return a number as ``encoding/json`` writes it (encode.go, floatEncoder).

    Raises:
        GoError: for NaN and infinities.
    """
    if not math.isfinite(value):
        raise GoError(f"json: unsupported value: {_special(value)}")
    sign, digits, point = _digits(value)
    size = abs(value)
    if size != 0 and (size < _JSON_SMALLEST or size >= _JSON_LARGEST):
        text = _scientific(digits, point - 1)
        if text[-4:-2] == "e-" and text[-2] == "0":
            text = text[:-2] + text[-1]
        return sign + text
    return sign + _plain(digits, point)


def _special(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "+Inf" if value > 0 else "-Inf"


def _digits(value: float) -> tuple[str, str, int]:
    """Return the sign, the shortest digits, and where the decimal point stands, counted from the first digit."""
    text = repr(abs(value))
    sign = "-" if math.copysign(1, value) < 0 else ""
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    stripped = stripped.rstrip("0")
    return (sign, stripped, point) if stripped else (sign, "0", 1)


def _plain(digits: str, point: int) -> str:
    if point <= 0:
        return "0." + "0" * -point + digits
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"


def _scientific(digits: str, exponent: int) -> str:
    return f"{digits[0]}{'.' + digits[1:] if digits[1:] else ''}e{exponent:+03d}"

"""Literals of Go: quoted text, characters and numbers (strconv.Unquote, text/template/parse.newNumber).

Every function raises ValueError, with the reason, for what Go refuses.
"""

from __future__ import annotations

import math
import re

from olbuild.language.template.syntax.nodes import Unrepresentable

_SHORT = 40  # characters of a number that are shown
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\'\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))|(\\.?)", re.DOTALL
)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_HIGHEST_RUNE = 0x10FFFF
_HIGHEST_BYTE = 0xFF
_SURROGATES = range(0xD800, 0xE000)
_INT64 = range(-(1 << 63), 1 << 63)
_UINT64 = range(1 << 64)

_INTEGER = re.compile(
    r"[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|0(?:_?[0-7])*|[1-9](?:_?[0-9])*)"
)
_FLOAT = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
    r"|0[xX](?:_?[0-9a-fA-F]+)*\.?[0-9a-fA-F]*[pP][+-]?[0-9]+)"
)
_COMPLEX = re.compile(r"(?P<real>[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)(?P<imaginary>[+-][0-9.]+(?:[eE][+-]?[0-9]+)?)i")


def unquote(token: str) -> str:
    """Return the text of a literal in double or back quotes."""
    if token[0] == "`":
        return token[1:-1].replace("\r", "")
    inside = token[1:-1]
    return _unescape(inside, '"') if "\\" in inside else inside


def character(token: str) -> int:
    """Return the number of a character in single quotes."""
    inside = token[1:-1]
    match = _ESCAPE.fullmatch(inside)
    if match and (match[2] or match[5]):
        number = int(match[2], 16) if match[2] else int(match[5], 8)
        if number > _HIGHEST_BYTE:
            raise ValueError("the octal escape is above 255")
        return number
    text = _unescape(inside, "'")
    if len(text) != 1:
        raise ValueError("a character constant holds one character")
    return ord(text)


def _unescape(text: str, quote: str) -> str:
    raw = False

    def value(match: re.Match[str]) -> str:
        nonlocal raw
        simple, byte, short, long, octal, wrong = match.groups()
        if wrong is not None:
            raise ValueError(f"{wrong} is no escape")
        if simple is not None:
            if simple in "'\"" and simple != quote:
                raise ValueError(f"\\{simple} is no escape between {quote} and {quote}")
            return _SIMPLE.get(simple, simple)
        if byte is not None or octal is not None:
            number = int(byte, 16) if byte else int(octal, 8)
            if number > _HIGHEST_BYTE:
                raise ValueError("the octal escape is above 255")
            raw = True
            return bytes([number]).decode("utf-8", "surrogateescape")
        number = int(short or long, 16)
        if number > _HIGHEST_RUNE or number in _SURROGATES:
            raise ValueError(f"{match[0]} is no character")
        return chr(number)

    result = _ESCAPE.sub(value, text)
    # Bytes that were written one by one may be UTF-8 together.
    return result.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") if raw else result


def number(token: str) -> int | float | complex | Unrepresentable:
    """Return the value of a number where Go has no type in mind for it (exec.go, idealConstant)."""
    if pair := _COMPLEX.fullmatch(token):
        return complex(_float(pair["real"]), _float(pair["imaginary"]))
    if token.endswith("i"):
        imaginary = _float(token[:-1].replace("_", "") if _INTEGER.fullmatch(token[:-1]) else token[:-1])
        return complex(0, imaginary)
    looks_like_float = any(sign in token for sign in ".eEpP") and not (
        token[:2] in {"0x", "0X"} and not any(sign in token for sign in "pP")
    )
    integer = _integer(token)
    if integer is not None:
        if integer in _INT64:
            return float(integer) if looks_like_float else integer
        if integer in _UINT64 and not token.startswith(("+", "-")):
            return Unrepresentable(token)
    if not _FLOAT.fullmatch(token):
        raise ValueError(f"{token} is no number")
    value = _float(token)
    if not any(sign in token for sign in ".eEpP"):
        raise ValueError(f"{token} is too large for an integer")
    return value


def _integer(token: str) -> int | None:
    if not _INTEGER.fullmatch(token):
        return None
    sign = -1 if token[0] == "-" else 1
    digits = token.lstrip("+-").replace("_", "")
    if digits[0] == "0" and digits[1:].isdigit():
        return sign * int(digits, 8)
    return sign * int(digits, 0)


def _float(text: str) -> float:
    if text.lstrip("+-")[:2] in {"0x", "0X"}:
        try:
            value = float.fromhex(text.replace("_", ""))
        except OverflowError:
            value = math.inf
    else:
        if not _FLOAT.fullmatch(text):
            raise ValueError(f"{text} is no number")
        value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text if len(text) <= _SHORT else 'this number'} is too large")
    return value

"""Literals of Jinja."""

from __future__ import annotations

import re
from decimal import Decimal

from olbuild.language.template.portable.types import NotPortable

_SPECIAL = re.compile("['\\\\\x00\n\r\t\b\f\v\ud800-\udfff]")
_NAMED = {"'": "\\'", "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
"""The escapes that every engine reads. llama.cpp's knows no others, so the rest stands there as it is."""


def literal(text: str) -> str:
    """Return a text as a literal that Jinja reads back unchanged.

    Raises:
        NotPortable: for bytes that are no characters, and for the one that ends a text in C.
    """
    return f"'{_SPECIAL.sub(_escape, text)}'"


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _NAMED:
        return _NAMED[character]
    raise NotPortable("a NUL character" if character == "\0" else "bytes that are no characters")


def decimal(number: float) -> str:
    """Return a number as a literal without an exponent, which not every engine reads."""
    text = format(Decimal(repr(number)), "f")
    return text if "." in text else f"{text}.0"


def failure(reason: str) -> str:
    """Return the expression that fails with a reason, as Go does at the same place."""
    return f"raise_exception({literal(reason)})"

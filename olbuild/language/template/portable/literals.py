"""Literals of Jinja."""

from __future__ import annotations

import re

from olbuild.language.template.portable.types import NotPortable

_SPECIAL = re.compile("['\\\\\x00-\x1f\x7f\x85\u2028\u2029\ufeff\ud800-\udfff]")
_NAMED = {"'": "\\'", "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SURROGATES = range(0xD800, 0xE000)


def literal(text: str) -> str:
    """Return a text as a literal that Jinja reads back unchanged.

    Raises:
        NotPortable: for bytes that are no characters.
    """
    return f"'{_SPECIAL.sub(_escape, text)}'"


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _NAMED:
        return _NAMED[character]
    number = ord(character)
    if number in _SURROGATES:
        raise NotPortable("bytes that are no characters")
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"  # noqa: PLR2004 - one byte


def failure(reason: str) -> str:
    """Return the expression that fails with a reason, as Go does at the same place."""
    return f"raise_exception({literal(reason)})"

"""Small helps for the texts of findings."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 40
_LONGEST_WORD = 64


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that a word was most likely meant to be; case and ``-`` for ``_`` make no difference."""
    if len(word) > _LONGEST_WORD:
        return None
    plain = {_plain(name): name for name in known}
    matches = get_close_matches(_plain(word), plain, n=1, cutoff=0.7)
    return plain[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return ``did you mean "…"?``, or nothing if no known word is close."""
    match = closest(word, known)
    return f'did you mean "{match}"?' if match else None


def shorten(text: str, *, quoted: bool = True) -> str:
    """Return a text for a message: on one line, in quotes, and not too long."""
    line = " ".join(text[: 4 * _LONGEST].split())
    short = line if len(line) <= _LONGEST and len(text) <= 4 * _LONGEST else line[: _LONGEST - 1] + "…"
    return f'"{short}"' if quoted else short


def character_name(character: str) -> str:
    """Return a character's code point and name, such as ``U+00A0 (NO-BREAK SPACE)``."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")


def _plain(word: str) -> str:
    return word.lower().replace("-", "_")

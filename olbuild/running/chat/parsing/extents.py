"""Where a value in brackets ends, while it comes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from olbuild.running.chat.parsing.tape import Reading, Tape

Quotes = Mapping[str, bool]
"""What begins and ends a string, and whether a backslash in it protects the character behind it."""

JSON_QUOTES: Quotes = MappingProxyType({'"': True})
PYTHON_QUOTES: Quotes = MappingProxyType({'"': True, "'": True})

_CLOSES = {"{": "}", "[": "]", "(": ")"}
_DEEPEST = 100


def balanced(tape: Tape, quotes: Quotes = JSON_QUOTES) -> Reading[str | None]:
    """Pass a value that begins with a bracket, and return its text.

    Return ``None``, in the same place, if no bracket comes next, its partner never comes, or brackets do not match.
    """
    if (yield from tape.peek(1)) not in _CLOSES:
        return None
    waiting, quote, at = "", "", tape.at
    while True:
        pattern, unsure = _inside(quote, escapes=quotes[quote]) if quote else _outside(tuple(quotes))
        found = pattern.search(tape.text, at)
        if found is not None and found.start() + unsure >= len(tape.text) and (yield from tape.more()):
            continue  # it may be within a longer mark that has not come as a whole
        if found is None:
            at = max(at, len(tape.text) - unsure)
            if not (yield from tape.more()):
                return None
            continue
        mark, at = found[0], found.end()
        if quote:
            quote = "" if mark == quote else quote
        elif mark in quotes:
            quote = mark
        elif mark in _CLOSES:
            waiting += _CLOSES[mark]
            if len(waiting) > _DEEPEST:
                return None
        elif waiting[-1] != mark:
            return None
        else:
            waiting = waiting[:-1]
            if not waiting:
                text, tape.at = tape.text[tape.at : at], at
                return text


@lru_cache(maxsize=16)
def _outside(quotes: tuple[str, ...]) -> tuple[re.Pattern[str], int]:
    marks = "|".join(map(re.escape, sorted(quotes, key=len, reverse=True)))
    return re.compile(rf"[\[\](){{}}]|{marks}"), max(map(len, quotes)) - 1


@lru_cache(maxsize=16)
def _inside(quote: str, *, escapes: bool) -> tuple[re.Pattern[str], int]:
    marks = re.escape(quote)
    return re.compile(rf"\\.|{marks}" if escapes else marks, re.DOTALL), 1 if escapes else len(quote) - 1

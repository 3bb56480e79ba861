"""When two prompts are the same: character by character, but for what Go's language cannot print in another way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Literal, TypeAlias

Deviation: TypeAlias = Literal["json", "date", "blanks"]
"""JSON in another layout (spaces, order of keys, escapes), today's date in another form, messages not trimmed."""

_DATE_FORM = re.compile(r"strftime_now\(\s*(['\"])([A-Za-z %,./:-]{1,64})\1\s*\)")
_TODAY = "\ue002"
_MOST_FORMS = 8
_SHORTEST_FORM = 6  # characters; "26" stands in many texts that are no dates
_MOST_BRACKETS = 100  # that begin no JSON; behind so many nobody looks for more
_MOST_INDENT = 8  # times as long JSON may be that is written over many lines
_OPENING = re.compile(r"[{\[]")
_DECODER = json.JSONDecoder()


def deviations(
    one: str, other: str, *, dates: Iterable[str] = (), structured: bool = False
) -> frozenset[Deviation] | None:
    """Return in what two prompts deviate, nothing if they are equal, None if they are different.

    ``dates`` are forms of today's date, which all count as one; ``structured`` prompts may hold JSON of the template's.
    """
    if one == other:
        return frozenset()
    forms = sorted(dates, key=len, reverse=True)
    undated, other_undated = _without_dates(one, forms), _without_dates(other, forms)
    if undated == other_undated:
        return frozenset({"date"})
    longer, shorter = max(len(one), len(other)), min(len(one), len(other))
    if structured and longer <= _MOST_INDENT * shorter and _canonical(undated) == _canonical(other_undated):
        return frozenset({"json"} if _canonical(one) == _canonical(other) else {"json", "date"})
    return None


def date_forms(jinja: str, today: date) -> frozenset[str]:
    """Return today's date in each form that a Jinja template asks for, and in Go's."""
    asked = (match[2] for match in islice(_DATE_FORM.finditer(jinja), _MOST_FORMS))
    forms = {today.isoformat(), *(today.strftime(form) for form in asked)}
    return frozenset(form for form in forms if len(form) >= _SHORTEST_FORM)


def _without_dates(text: str, forms: list[str]) -> str:
    for form in forms:
        text = text.replace(form, _TODAY)
    return text


@lru_cache(maxsize=64)
def _canonical(text: str) -> str:
    """Return a text with each JSON object and list in it written in one way."""
    pieces, position, misses = [], 0, 0
    while misses < _MOST_BRACKETS and (opening := _OPENING.search(text, position)) is not None:
        start = opening.start()
        pieces.append(text[position:start])
        try:
            value, position = _DECODER.raw_decode(text, start)
            pieces.append(json.dumps(value, sort_keys=True, ensure_ascii=False))
        except (ValueError, RecursionError):  # it is no JSON, or deeper than any
            pieces.append(text[start])
            position = start + 1
            misses += 1
    return "".join([*pieces, text[position:]])

"""Bare text that stands for a value: the JSON that it is, by the type that the schema of a tool gives it."""

from __future__ import annotations

import re

from olbuild.running.chat.parsing.literals import read_literal
from olbuild.running.chat.parsing.values import as_json, dump

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?", re.ASCII)
_LONGEST_NUMBER = 400


def typed(text: str, types: frozenset[str]) -> str:
    """Return a bare text as JSON of one of these types; as a string if it is none of them.

    Where no type is said, it is what it looks like.
    """
    stripped = text.strip()
    if types <= {"string"} and types:
        return dump(text)
    if {"null"} & types and stripped.lower() in {"null", "none"}:
        return "null"
    if {"integer", "number"} & types and _is_number(stripped):
        return stripped
    if "boolean" in types and stripped.lower() in {"true", "false"}:
        return stripped.lower()
    if stripped[:1] in {"{", "["} and ({"object", "array"} & types or not types):
        written = as_json(stripped) or read_literal(stripped)
        if written is not None:
            return written
    if types:
        return dump(text)
    if _is_number(stripped):
        return stripped
    return stripped if stripped in {"true", "false", "null"} else dump(text)


def _is_number(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text) is not None

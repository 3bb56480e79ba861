"""``encoding/json`` of the values that a template sees: compact, keys of maps sorted, ``<>&`` escaped."""

from __future__ import annotations

import base64
import re
from functools import cache
from typing import cast

from olbuild.language.template.go.errors import GoError
from olbuild.language.template.go.numbers import json_number
from olbuild.language.template.go.schema import IMAGE_TYPE, PROPERTIES, PROPERTY_TYPE_TYPE
from olbuild.language.template.go.values import Map, Slice, Struct, Value

_SPECIAL = re.compile('["\\\\\x00-\x1f<>&\u2028\u2029\ud800-\udfff]')
_NAMED = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SURROGATES = range(0xD800, 0xE000)


def to_json(value: Value) -> str:
    """Return a value as JSON.

    Raises:
        GoError: for a complex number or one that is not finite.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json_text(value)
        case int():
            return str(int(value))
        case float():
            return json_number(value)
        case complex():
            raise GoError("json: unsupported type: complex128")
        case Map():
            return _map(value)
        case Slice():
            return _slice(value)
        case Struct():
            return _struct(value)
        case _:
            return "null"


def json_text(text: str) -> str:
    """Return a text as JSON."""
    return f'"{text.translate(_escapes()) if _SPECIAL.search(text) else text}"'


@cache
def _escapes() -> dict[int, str]:
    """Return what each special character becomes; half a character is replaced."""
    numbers = (*range(ord(" ")), *map(ord, '"\\<>&\u2028\u2029'))
    named = {ord(character): escape for character, escape in _NAMED.items()}
    return {**{number: f"\\u{number:04x}" for number in numbers}, **named, **dict.fromkeys(_SURROGATES, "\\ufffd")}


def _map(value: Map) -> str:
    if value.entries is None:
        return "null"
    return "{" + ",".join(f"{json_text(key)}:{to_json(item)}" for key, item in sorted(value.entries.items())) + "}"


def _slice(value: Slice) -> str:
    if value.items is None:
        return "null"
    if value.type == IMAGE_TYPE:
        return f'"{base64.b64encode(bytes(cast("list[int]", value.items))).decode()}"'
    if value.type == PROPERTY_TYPE_TYPE and len(value.items) == 1:
        return to_json(value.items[0])
    return "[" + ",".join(map(to_json, value.items)) + "]"


def _struct(value: Struct) -> str:
    if value.type is PROPERTIES:
        # An ordered map: its keys stay in the order of the input.
        entries = cast("Map", value.values["om"]).entries or {}
        return "{" + ",".join(f"{json_text(key)}:{to_json(item)}" for key, item in entries.items()) + "}"
    written = []
    for member in value.type.members:
        item = value.values[member.name]
        if member.omits_empty and (item is None if member.holds_anything else _is_empty(item)):
            continue
        written.append(f"{json_text(member.key)}:{to_json(item)}")
    return "{" + ",".join(written) + "}"


def _is_empty(value: Value) -> bool:
    """Whether ``omitempty`` leaves a value out."""
    match value:
        case Slice():
            return not value.items
        case str():
            return not value
        case Struct() | Map() | bool() | int() | float():
            return False
        case _:
            return True

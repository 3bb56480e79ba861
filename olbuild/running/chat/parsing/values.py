"""JSON that models write: whether it is any, and the calls in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NoReturn

import msgspec

from olbuild.running.chat.parsing.port import Called

_NAMES = ("name", "tool_name", "function", "function_name", "tool")
_ARGUMENTS = ("arguments", "parameters", "args", "input", "params")
_IDS = ("id", "call_id")


def dump(value: object) -> str:
    """Return a value as JSON text."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def as_json(text: str) -> str | None:
    """Return JSON text for what may be JSON with line breaks in its strings; ``None`` if it is not even that.

    JSON stays as it is written, to the last blank within it.
    """
    text = text.strip()
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        pass
    else:
        return text
    try:
        value = json.loads(text, strict=False, parse_constant=_refuse)
        return dump(_encodable(value))
    except (ValueError, RecursionError):
        return None


def members(text: str) -> dict[str, str] | None:
    """Return the members of a JSON object, each as it is written; ``None`` for anything else."""
    written = as_json(text)
    if written is None or not written.startswith("{"):
        return None
    try:
        return {name: bytes(raw).decode() for name, raw in _MEMBERS.decode(written).items()}
    except msgspec.DecodeError:
        return None


def items(text: str) -> list[str] | None:
    """Return the items of a JSON array, each as it is written; ``None`` for anything else."""
    written = as_json(text)
    if written is None or not written.startswith("["):
        return None
    return [bytes(raw).decode() for raw in _ITEMS.decode(written)]


def read_string(text: str | None) -> str | None:
    """Return the text of a JSON string; ``None`` for anything else."""
    if text is None or not text.startswith('"'):
        return None
    value = json.loads(text)
    return value if isinstance(value, str) else None


def read_arguments(text: str | None) -> str | None:
    """Return an object of arguments, which may be missing, null, or an object within a string."""
    inner = read_string(text)
    if inner is not None:
        text = as_json(inner) if inner.strip() else None
        if text is None and inner.strip():
            return None
    if text is None or text == "null":
        return "{}"
    return text if text.startswith("{") else None


def read_call(text: str, *, needs_arguments: bool = False) -> Called | None:
    """Return the call that a JSON object is, by any of the names that models use for its parts.

    Without arguments it is one that has none, unless it ``needs_arguments`` to be known for a call.
    """
    parts = members(text)
    if parts is None:
        return None
    inner = parts.get("function", "")
    if inner.startswith("{"):
        parts = {**(members(inner) or {}), **{name: parts[name] for name in _IDS if name in parts}}
    name = next((found for key in _NAMES if (found := read_string(parts.get(key)))), None)
    given = next((parts[key] for key in _ARGUMENTS if key in parts), None)
    arguments = read_arguments(given)
    if name is None or arguments is None or (needs_arguments and given is None):
        return None
    number = next((parts[key] for key in _IDS if key in parts), "")
    return Called(name, arguments, read_string(number) or (number if number.isdigit() else ""))


def read_calls(text: str, *, needs_arguments: bool = False) -> list[Called] | None:
    """Return the calls that a JSON object or an array of objects is; ``None`` if any part of it is none."""
    if not text.startswith("["):
        call = read_call(text, needs_arguments=needs_arguments)
        return None if call is None else [call]
    calls = [read_call(item, needs_arguments=needs_arguments) for item in items(text) or ()]
    return [call for call in calls if call] if calls and all(calls) else None


def joined(arguments: Mapping[str, str]) -> str:
    """Return a JSON object whose members are written already."""
    return "{" + ", ".join(f"{dump(name)}: {value}" for name, value in arguments.items()) + "}"


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def without_surrogates(text: str) -> str:
    """Return a text that can be encoded: pairs of surrogates become characters, single ones the replacement mark."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _encodable(value: object) -> object:
    """Return a value whose texts can be encoded."""
    match value:
        case str():
            return without_surrogates(value)
        case dict():
            return {without_surrogates(name): _encodable(item) for name, item in value.items()}
        case list():
            return [_encodable(item) for item in value]
        case _:
            return value


_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])

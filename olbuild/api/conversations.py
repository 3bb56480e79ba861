"""Conversations and tools in JSON files, in the shape of the HTTP APIs. What is wrong is said with its path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from olbuild.core.content import decode_json
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError, NotFoundError, UsageError
from olbuild.core.text import LARGEST_TEXT

_HINT = 'a list of messages, as in [{"role": "user", "content": "Hi"}]'
_TOOLS_HINT = 'a list of tools, as in [{"type": "function", "function": {"name": "f", "parameters": {}}}]'
_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
}


def read_document(path: Path) -> bytes:
    """Return the bytes of a JSON file.

    Raises:
        NotFoundError: if it does not exist or cannot be read.
        UsageError: if it is larger than any text may be.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_TEXT + 1)
    except FileNotFoundError:
        raise NotFoundError(f"{path} does not exist", hint=f"it should hold {_HINT}") from None
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > LARGEST_TEXT:
        raise UsageError(f"{path} is larger than {LARGEST_TEXT >> 20} MiB")
    return data


def read_messages(data: bytes, where: str) -> tuple[Mapping[str, Json], ...]:
    """Read a conversation; ``where`` names the file in errors.

    A message is an object with ``role`` and ``content``: text, a list of parts, or nothing beside ``tool_calls``.
    What else is in it a template may read.

    Raises:
        UsageError: if it is something else.
    """
    return tuple(
        require_message(item, f"{where}: $[{number}]") for number, item in enumerate(_list(data, where, _HINT))
    )


def require_message(item: object, where: str) -> Mapping[str, Json]:
    """Return a message that is one; ``where`` names it in errors.

    Raises:
        UsageError: if it is something else.
    """
    message = _object(item, where, _HINT)
    if not _text(message.get("role"), f"{where}.role", _HINT):
        raise UsageError(f"{where}.role is empty", hint="roles are system, user, assistant and tool")
    calls = message.get("tool_calls")
    if calls is not None:
        for number, call in enumerate(_calls(calls, f"{where}.tool_calls")):
            _call(call, f"{where}.tool_calls[{number}]")
    content = message.get("content")
    if isinstance(content, list):
        for number, part in enumerate(content):
            _part(part, f"{where}.content[{number}]")
    elif not isinstance(content, str) and not (content is None and calls):
        raise _wrong(content, f"{where}.content", "text or a list of parts", _HINT)
    return message


def read_tools(data: bytes, where: str) -> tuple[Mapping[str, Json], ...]:
    """Read the tools that a model may call: objects with ``function`` and its ``name``.

    Raises:
        UsageError: if it is something else.
    """
    tools = []
    for number, item in enumerate(_list(data, where, _TOOLS_HINT)):
        place = f"{where}: $[{number}]"
        tool = _object(item, place, _TOOLS_HINT)
        function = _object(tool.get("function"), f"{place}.function", _TOOLS_HINT)
        _text(function.get("name"), f"{place}.function.name", _TOOLS_HINT)
        tools.append(tool)
    return tuple(tools)


def _list(data: bytes, where: str, hint: str) -> list[Json]:
    try:
        document = decode_json(data, where)
    except FormatError as error:
        raise UsageError(error.message, hint=f"it is {hint}") from None
    if not isinstance(document, list):
        raise _wrong(document, f"{where}: $", "a list", hint)
    return document


def _calls(calls: Json, where: str) -> list[Json]:
    if not isinstance(calls, list):
        raise _wrong(calls, where, "a list", "it holds calls of functions")
    return calls


def _call(item: Json, where: str) -> None:
    hint = 'a call is {"function": {"name": "f", "arguments": {}}}'
    function = _object(_object(item, where, hint).get("function"), f"{where}.function", hint)
    _text(function.get("name"), f"{where}.function.name", hint)
    arguments = function.get("arguments")
    if not isinstance(arguments, dict | str | None):
        raise _wrong(arguments, f"{where}.function.arguments", "an object, or JSON as text", hint)


def _part(item: Json, where: str) -> None:
    hint = 'a part is {"type": "text", "text": "Hi"}'
    part = _object(item, where, hint)
    if "text" in part:
        _text(part["text"], f"{where}.text", hint)
    elif not isinstance(part.get("type"), str):
        raise _wrong(part.get("type"), f"{where}.type", "text", hint)


def _object(item: object, where: str, hint: str) -> Mapping[str, Json]:
    if not isinstance(item, dict):
        raise _wrong(item, where, "an object", hint)
    return item


def _text(item: Json, where: str, hint: str) -> str:
    if not isinstance(item, str):
        raise _wrong(item, where, "text", hint)
    return item


def _wrong(item: object, where: str, needed: str, hint: str) -> UsageError:
    found = "missing" if item is None else _KINDS.get(type(item), type(item).__name__)
    return UsageError(f"{where} is {found}, and should be {needed}", hint=hint)

"""Messages of the Messages API, which are made of blocks, and what they are for a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from olbuild.core.errors import UsageError
from olbuild.serving.wire.attachments import Content, from_base64
from olbuild.serving.wire.strict import convert

PlainMessage: TypeAlias = dict[str, Any]


class Source(msgspec.Struct, kw_only=True):
    """Where an image or a document is: in base64, or as text."""

    type: str
    data: str | None = None


class Block(msgspec.Struct, kw_only=True):
    """A block; the type says which fields it has."""

    type: str
    text: str | None = None
    thinking: str | None = None
    source: Source | None = None
    id: str | None = None
    name: str | None = None
    input: dict[str, Any] | None = None
    tool_use_id: str | None = None
    content: Any = None
    is_error: bool | None = None


class MessageIn(msgspec.Struct, kw_only=True):
    """A message."""

    role: str | None = None
    content: str | list[Block] | None = None


def plain_messages(messages: Sequence[MessageIn]) -> tuple[PlainMessage, ...]:
    """Return messages as ``Chat.messages`` has them; the results of tools become messages of their own, in front.

    Raises:
        UsageError: if a block is of an unknown type, or lacks something.
    """
    plain: list[PlainMessage] = []
    names: dict[str, str] = {}
    for number, message in enumerate(messages):
        where, role = f"$.messages[{number}].content", (message.role or "").lower()
        match message.content:
            case None:
                raise UsageError(f"{where} is missing")
            case str() as text:
                plain.append({"role": role, "content": text})
            case blocks:
                plain += _split(role, blocks, where, names)
    return tuple(plain)


def text_of(blocks: str | Sequence[Block] | None, where: str) -> str:
    """Return a text that may be cut into blocks.

    Raises:
        UsageError: if one is no text.
    """
    if blocks is None or isinstance(blocks, str):
        return blocks or ""
    if any(block.type != "text" for block in blocks):
        raise UsageError(f"{where} may have blocks of text only")
    return "".join(block.text or "" for block in blocks)


def _split(role: str, blocks: Sequence[Block], where: str, names: dict[str, str]) -> list[PlainMessage]:
    """Return the messages that one with blocks becomes; ``names`` are the functions of the calls so far."""
    results: list[PlainMessage] = []
    content = Content("")
    rest: PlainMessage = {}
    for number, block in enumerate(blocks):
        place = f"{where}[{number}]"
        match block.type:
            case "text":
                content.say(_needed(block.text, f"{place}.text"))
            case "image":
                content.show(_image(block, place))
            case "document":
                content.say(_document(block, place))
            case "thinking":
                rest["thinking"] = rest.get("thinking", "") + (block.thinking or "")
            case "redacted_thinking":
                pass
            case "tool_use":
                identifier, name = _needed(block.id, f"{place}.id"), _needed(block.name, f"{place}.name")
                names[identifier] = name
                function = {"name": name, "arguments": block.input or {}}
                rest.setdefault("tool_calls", []).append({"id": identifier, "type": "function", "function": function})
            case "tool_result":
                results.append(_result(block, place, names))
            case _:
                raise UsageError(f"{place} is of the type {block.type!r}, which is not supported")
    if not (content or rest):
        return results or [{"role": role, "content": ""}]
    return [*results, {"role": role, **content.fields, **rest}]


def _result(block: Block, place: str, names: Mapping[str, str]) -> PlainMessage:
    identifier = _needed(block.tool_use_id, f"{place}.tool_use_id")
    plain: PlainMessage = {"role": "tool", "content": "", "tool_call_id": identifier}
    if identifier in names:
        plain["tool_name"] = plain["name"] = names[identifier]
    content = Content("\n", "Error: " if block.is_error else "")
    if isinstance(block.content, str):
        content.say(block.content)
    elif block.content is not None:
        for part in convert(block.content, list[Block], f"{place}.content"):
            if part.type == "text":
                content.say(part.text or "")
            elif part.type == "image":
                content.show(_image(part, f"{place}.content"))
    plain.update(content.fields)
    return plain


def _image(block: Block, place: str) -> bytes:
    source = block.source
    if source is None or source.type != "base64":
        raise UsageError(f"{place}: images are taken as base64 only, and not fetched from elsewhere")
    return from_base64(_needed(source.data, f"{place}.source.data"), f"{place}.source.data")


def _document(block: Block, place: str) -> str:
    source = block.source
    if source is None or source.type != "text":
        raise UsageError(f"{place}: documents are taken as text only")
    return _needed(source.data, f"{place}.source.data")


def _needed(value: str | None, where: str) -> str:
    if value is None:
        raise UsageError(f"{where} is missing")
    return value

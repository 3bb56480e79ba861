"""What a conversation is made of: items, which are messages, calls, their outputs, and thoughts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

from olbuild.core.errors import UsageError
from olbuild.serving.wire.attachments import Content, from_data_url
from olbuild.serving.wire.openai.messages import PlainMessage, called


class Part(msgspec.Struct, kw_only=True):
    """A part of a content: text (``input_text``, ``output_text`` and kin), a refusal, or an image."""

    type: str
    text: str | None = None
    refusal: str | None = None
    image_url: str | None = None


class Item(msgspec.Struct, kw_only=True):
    """An item; the type says which fields it has, and without one it is a message."""

    type: str | None = None
    role: str | None = None
    content: str | list[Part] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | dict[str, Any] | None = None
    output: str | list[Part] | None = None
    summary: list[Part] | None = None


_Content: TypeAlias = str | Sequence[Part] | None
_ROLES = {"developer": "system"}


def plain_items(items: Sequence[Item]) -> tuple[PlainMessage, ...]:
    """Return a conversation as ``Chat.messages`` has it.

    Thoughts, a text and calls that the assistant gave one after the other are one message.

    Raises:
        UsageError: if an item is of an unknown type, or lacks something.
    """
    messages: list[PlainMessage] = []
    names: dict[str, str] = {}
    for number, item in enumerate(items):
        where = f"$.input[{number}]"
        match item.type:
            case None | "message":
                _add_message(messages, item, where)
            case "reasoning":
                text = _read(item.summary, where)["content"] or _read(item.content, where)["content"]
                _assistant(messages, {"thinking"})["thinking"] = text
            case "function_call":
                name = _needed(item.name, f"{where}.name")
                call = called(item.call_id, name, item.arguments, where)
                _assistant(messages, set()).setdefault("tool_calls", []).append(call)
                names[item.call_id or ""] = name
            case "function_call_output":
                messages.append(_output(item, where, names))
            case _:
                raise UsageError(f"{where} is of the type {item.type!r}, which is not supported")
    kept = [each for each in messages if not _only_thought(each) or (each is messages[-1] and each["thinking"])]
    for message in kept:
        if not message.get("thinking", "-"):
            del message["thinking"]
    return tuple(kept)


def _only_thought(message: PlainMessage) -> bool:
    """Whether the assistant has thought and then said nothing; that is of use at the end of a conversation only."""
    return "thinking" in message and not message["content"] and "tool_calls" not in message


def _add_message(messages: list[PlainMessage], item: Item, where: str) -> None:
    role = _needed(item.role, f"{where}.role").lower()
    content = _read(item.content, where)
    if role == "assistant":
        _assistant(messages, {"content", "tool_calls"})["content"] = content["content"]
        return
    messages.append({"role": _ROLES.get(role, role), **content})


def _output(item: Item, where: str, names: dict[str, str]) -> PlainMessage:
    plain: PlainMessage = {"role": "tool", **_read(item.output, where)}
    if item.call_id:
        plain["tool_call_id"] = item.call_id
    if (name := names.get(item.call_id or "")) is not None:
        plain["tool_name"] = plain["name"] = name
    return plain


def _assistant(messages: list[PlainMessage], closed_by: set[str]) -> PlainMessage:
    """Return what the assistant is saying: a new message, if the last one has any of ``closed_by``."""
    if not messages or messages[-1]["role"] != "assistant" or any(messages[-1].get(key) for key in closed_by):
        messages.append({"role": "assistant", "content": ""})
    return messages[-1]


def _read(content: _Content, where: str) -> PlainMessage:
    if content is None or isinstance(content, str):
        return {"content": content or ""}
    found = Content("\n")
    for number, part in enumerate(content):
        place = f"{where}.content[{number}]"
        match part.type:
            case "input_text" | "output_text" | "text" | "summary_text" | "reasoning_text":
                found.say(_needed(part.text, f"{place}.text"))
            case "refusal":
                found.say(part.refusal or "")
            case "input_image":
                found.show(from_data_url(_needed(part.image_url, f"{place}.image_url"), place))
            case _:
                raise UsageError(f"{place} is of the type {part.type!r}, which is not supported")
    return found.fields


def _needed(value: str | None, where: str) -> str:
    if value is None:
        raise UsageError(f"{where} is missing")
    return value

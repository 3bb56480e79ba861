"""Messages of a chat completion, and what they are for a template.

Text parts of one message that follow each other are joined by an empty line: one message stays one.
Ollama makes a message of each part, and its templates then join them so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from olbuild.core.errors import UsageError
from olbuild.serving.wire.attachments import Content, from_base64, from_data_url

PlainMessage: TypeAlias = dict[str, Any]

_ROLES: Mapping[str, str] = {"developer": "system", "function": "tool"}
"""Roles that templates know under another name."""


class ImageUrl(msgspec.Struct, kw_only=True):
    """Where an image is, which must be in the URL itself."""

    url: str


class Sound(msgspec.Struct, kw_only=True):
    """Sound as base64."""

    data: str


class TextPart(msgspec.Struct, kw_only=True, tag="text"):
    """A part that is text."""

    text: str


class RefusalPart(msgspec.Struct, kw_only=True, tag="refusal"):
    """What an assistant said instead of an answer."""

    refusal: str


class ImagePart(msgspec.Struct, kw_only=True, tag="image_url"):
    """A part that is an image."""

    image_url: ImageUrl | str


class SoundPart(msgspec.Struct, kw_only=True, tag="input_audio"):
    """A part that is sound."""

    input_audio: Sound


Part: TypeAlias = TextPart | RefusalPart | ImagePart | SoundPart


class CalledFunction(msgspec.Struct, kw_only=True):
    """A call; the arguments are a JSON object as text (some clients send the object itself)."""

    name: str
    arguments: str | dict[str, Any] | None = None


class ToolCall(msgspec.Struct, kw_only=True):
    """A call that the assistant made."""

    function: CalledFunction
    id: str | None = None
    type: str | None = None


class Message(msgspec.Struct, kw_only=True):
    """A message. What the assistant thought is in ``reasoning`` or ``reasoning_content``, as clients call it."""

    role: str | None = None
    content: str | list[Part] | None = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None


def plain_messages(messages: Sequence[Message]) -> tuple[PlainMessage, ...]:
    """Return messages as ``Chat.messages`` has them.

    Raises:
        UsageError: if one has no content, a call's arguments are no object, or an image is none.
    """
    names: dict[str, str] = {}
    return tuple(_plain(message, f"$.messages[{number}]", names) for number, message in enumerate(messages))


def _plain(message: Message, where: str, names: dict[str, str]) -> PlainMessage:
    """Return a message; ``names`` are the functions of the calls so far, by the calls' names."""
    role = (message.role or "").lower()
    plain: PlainMessage = {"role": _ROLES.get(role, role), "content": ""}
    if message.content is None and not message.tool_calls:
        raise UsageError(f"{where}.content is missing")
    if isinstance(message.content, str):
        plain["content"] = message.content
    else:
        _add_parts(plain, message.content or (), f"{where}.content")
    thought = message.reasoning_content or message.reasoning
    if thought:
        plain["thinking"] = thought
    if message.tool_calls:
        plain["tool_calls"] = [
            called(call.id, call.function.name, call.function.arguments, f"{where}.tool_calls[{number}]")
            for number, call in enumerate(message.tool_calls)
        ]
        names.update({call.id: call.function.name for call in message.tool_calls if call.id})
    if message.tool_call_id is not None:
        plain["tool_call_id"] = message.tool_call_id
    if plain["role"] == "tool":
        tool_name = message.name or names.get(message.tool_call_id or "")
        if tool_name:
            plain["tool_name"] = plain["name"] = tool_name
    elif message.name:
        plain["name"] = message.name
    return plain


def _add_parts(plain: PlainMessage, parts: Sequence[Part], where: str) -> None:
    content = Content("\n\n")
    for number, part in enumerate(parts):
        place = f"{where}[{number}]"
        match part:
            case TextPart(text=text) | RefusalPart(refusal=text):
                content.say(text)
            case ImagePart(image_url=str() as url) | ImagePart(image_url=ImageUrl(url=url)):
                content.show(from_data_url(url, place))
            case SoundPart(input_audio=sound):
                content.show(from_base64(sound.data, place))
    plain.update(content.fields)


def called(identifier: str | None, name: str, arguments: str | dict[str, Any] | None, where: str) -> dict[str, Any]:
    """Return a call of a function as templates know it: its arguments are an object.

    Raises:
        UsageError: if they are none.
    """
    if isinstance(arguments, str):
        try:
            arguments = msgspec.json.decode(arguments, type=dict[str, Any]) if arguments.strip() else {}
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise UsageError(f"{where} has arguments that are no JSON object in a text") from None
    call: dict[str, Any] = {"type": "function", "function": {"name": name, "arguments": arguments or {}}}
    return {"id": identifier, **call} if identifier else call

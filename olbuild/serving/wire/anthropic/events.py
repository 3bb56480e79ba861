"""The events of a stream."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from olbuild.serving.wire.anthropic.answer import BlockOut, MessageOut, StopReason, Usage


class Event(msgspec.Struct, kw_only=True):
    """An event; its type is the name of the server-sent event, too."""

    @property
    def name(self) -> str:
        """The type."""
        return str(self.__struct_config__.tag)


class MessageStart(Event, kw_only=True, tag="message_start"):
    """The beginning."""

    message: MessageOut


class BlockStart(Event, kw_only=True, tag="content_block_start"):
    """A block begins, empty."""

    index: int
    content_block: BlockOut


class TextDelta(msgspec.Struct, kw_only=True, tag="text_delta"):
    """More text."""

    text: str


class ThinkingDelta(msgspec.Struct, kw_only=True, tag="thinking_delta"):
    """More thoughts."""

    thinking: str


class InputDelta(msgspec.Struct, kw_only=True, tag="input_json_delta"):
    """More of the input of a call, as text; here it comes at once."""

    partial_json: str


BlockChange: TypeAlias = TextDelta | ThinkingDelta | InputDelta


class BlockDelta(Event, kw_only=True, tag="content_block_delta"):
    """More of a block."""

    index: int
    delta: BlockChange


class BlockStop(Event, kw_only=True, tag="content_block_stop"):
    """A block is whole."""

    index: int


class Ending(msgspec.Struct, kw_only=True):
    """Why the answer ended."""

    stop_reason: StopReason
    stop_sequence: str | UnsetType = UNSET


class MessageDelta(Event, kw_only=True, tag="message_delta"):
    """What is known at the end."""

    delta: Ending
    usage: Usage


class MessageStop(Event, kw_only=True, tag="message_stop"):
    """The end."""

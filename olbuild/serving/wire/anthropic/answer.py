"""``POST /v1/messages``: what is answered."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

StopReason: TypeAlias = Literal["end_turn", "max_tokens", "stop_sequence", "tool_use"]


class TextOut(msgspec.Struct, kw_only=True, tag="text"):
    """A text."""

    text: str = ""


class ThinkingOut(msgspec.Struct, kw_only=True, tag="thinking"):
    """What was thought; nobody signs it here."""

    thinking: str = ""
    signature: str = ""


class ToolUseOut(msgspec.Struct, kw_only=True, tag="tool_use"):
    """A call; in a stream the input follows in pieces."""

    id: str
    name: str
    input: dict[str, Any] = {}


BlockOut: TypeAlias = TextOut | ThinkingOut | ToolUseOut


class Usage(msgspec.Struct, kw_only=True):
    """Tokens read and written."""

    input_tokens: int = 0
    output_tokens: int = 0


class MessageOut(msgspec.Struct, kw_only=True):
    """An answer."""

    id: str
    model: str
    content: list[BlockOut] = []
    stop_reason: StopReason | UnsetType = UNSET
    stop_sequence: str | UnsetType = UNSET
    usage: Usage = msgspec.field(default_factory=Usage)
    type: Literal["message"] = "message"
    role: Literal["assistant"] = "assistant"


class TokenCount(msgspec.Struct, kw_only=True):
    """How many tokens a prompt has."""

    input_tokens: int

"""``POST /v1/messages`` and ``/v1/messages/count_tokens``: what is asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from olbuild.core.errors import UsageError
from olbuild.running.requests import Chat, Grammar
from olbuild.serving.wire.anthropic.blocks import Block, MessageIn, plain_messages, text_of
from olbuild.serving.wire.openai.sampling import Options
from olbuild.serving.wire.openai.tools import PlainTool

_EFFORTS = {"low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "max"}
_MOST_STOPS = 64


class ToolIn(msgspec.Struct, kw_only=True):
    """A tool."""

    name: str
    type: str | None = None
    description: str | None = None
    input_schema: dict[str, Any] | None = None


class ToolChoice(msgspec.Struct, kw_only=True):
    """Which call is wanted."""

    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class Thinking(msgspec.Struct, kw_only=True):
    """Whether to think; a budget of tokens has no effect."""

    type: str


class OutputFormat(msgspec.Struct, kw_only=True):
    """What the text must look like."""

    type: Literal["json_schema"]
    schema: dict[str, Any]


class OutputConfig(msgspec.Struct, kw_only=True):
    """How much effort, and what the text must look like."""

    effort: str | None = None
    format: OutputFormat | None = None


class MessagesRequest(msgspec.Struct, kw_only=True):
    """A request. What is not here, such as ``cache_control``, changes nothing; nor does ``metadata``."""

    model: str | None = None
    max_tokens: int | None = None
    messages: list[MessageIn] | None = None
    system: str | list[Block] | None = None
    stop_sequences: list[str] | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    tools: list[ToolIn] | None = None
    tool_choice: ToolChoice | None = None
    thinking: Thinking | None = None
    output_config: OutputConfig | None = None
    output_format: OutputFormat | None = None
    metadata: dict[str, Any] | None = None
    stream: bool | None = None


def check(asked: MessagesRequest, *, counts: bool = False) -> None:
    """Check what every request must have; one that only ``counts`` needs no ``max_tokens``.

    Raises:
        UsageError: if it is missing.
    """
    if not asked.model:
        raise UsageError("model is required")
    if not counts and (asked.max_tokens is None or asked.max_tokens < 1):
        raise UsageError("max_tokens is required and must be positive")
    if not asked.messages:
        raise UsageError("messages is required")


def as_chat(asked: MessagesRequest) -> Chat:
    """Return what is asked.

    Raises:
        UsageError: if it is impossible, or not supported.
    """
    messages = plain_messages(asked.messages or ())
    system = text_of(asked.system, "$.system")
    if system:
        messages = ({"role": "system", "content": system}, *messages)
    tools = _tools(asked.tools or ())
    format_ = asked.output_config.format if asked.output_config is not None else None
    format_ = format_ or asked.output_format
    return Chat(
        messages=messages,
        tools=tools,
        tool_choice=_choice(asked.tool_choice, tools),
        parallel=not (asked.tool_choice is not None and asked.tool_choice.disable_parallel_tool_use),
        options=_options(asked),
        format=None
        if format_ is None
        else Grammar(kind="json_schema", text=msgspec.json.encode(format_.schema).decode()),
        think=_think(asked),
    )


def _options(asked: MessagesRequest) -> Options:
    stop = tuple(asked.stop_sequences or ())
    if len(stop) > _MOST_STOPS:
        raise UsageError(f"stop_sequences has {len(stop)} texts, and may have {_MOST_STOPS}")
    given: Options = {
        "num_predict": asked.max_tokens,
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        "top_k": asked.top_k,
        "stop": stop or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _tools(tools: Iterable[ToolIn]) -> tuple[PlainTool, ...]:
    found: list[PlainTool] = []
    for number, tool in enumerate(tools):
        if tool.type not in (None, "custom"):
            raise UsageError(f"$.tools[{number}] is of the type {tool.type!r}, which is not supported")
        schema = tool.input_schema if tool.input_schema is not None else {"type": "object", "properties": {}}
        about = {} if tool.description is None else {"description": tool.description}
        found.append({"type": "function", "function": {"name": tool.name, **about, "parameters": schema}})
    return tuple(found)


def _choice(choice: ToolChoice | None, tools: tuple[PlainTool, ...]) -> str:
    match choice:
        case None | ToolChoice(type="auto"):
            return "auto"
        case ToolChoice(type="none"):
            return "none"
        case ToolChoice(type="any"):
            if not tools:
                raise UsageError("$.tool_choice requires a call, and there are no tools")
            return "required"
        case ToolChoice(name=name):
            if name is None or all(tool["function"]["name"] != name for tool in tools):
                raise UsageError(f"$.tool_choice names the tool {name!r}, which is not among the tools")
            return name


def _think(asked: MessagesRequest) -> bool | str | None:
    kind = asked.thinking.type if asked.thinking is not None else None
    if kind == "disabled":
        return False
    effort = asked.output_config.effort if asked.output_config is not None else None
    if effort is not None and effort.lower() in _EFFORTS:
        return _EFFORTS[effort.lower()]
    return None if kind is None else True

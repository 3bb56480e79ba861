"""``POST /v1/responses``: what is asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from olbuild.core.errors import UsageError
from olbuild.running.requests import Chat
from olbuild.serving.wire.openai.effort import think
from olbuild.serving.wire.openai.formats import Format, grammar
from olbuild.serving.wire.openai.logprobs import MOST
from olbuild.serving.wire.openai.sampling import Sampled, options
from olbuild.serving.wire.openai.tools import Choice, Function, Mode, PlainTool, choose
from olbuild.serving.wire.responses.items import Item, plain_items
from olbuild.serving.wire.strict import convert

_WITHOUT_EFFECT = ("web_search",)
"""Types of tools that clients send unasked, and that a model without them does not miss. Dates may follow."""

_LOGPROBS = "message.output_text.logprobs"


class TextOptions(msgspec.Struct, kw_only=True):
    """What the text must look like."""

    format: Format | None = None


class Reasoning(msgspec.Struct, kw_only=True):
    """How much to think."""

    effort: str | None = None
    summary: str | None = None
    generate_summary: str | None = None


class ResponsesRequest(Sampled, kw_only=True):
    """A request. Nothing is kept for a later one, whatever ``store`` says."""

    model: str | None = None
    input: str | list[Item] | None = None
    instructions: str | None = None
    max_output_tokens: int | None = None
    stream: bool | None = None
    text: TextOptions | None = None
    reasoning: Reasoning | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: Mode | Choice | None = None
    parallel_tool_calls: bool | None = None
    top_logprobs: int | None = None
    include: list[str] | None = None
    truncation: str | None = None
    metadata: dict[str, str] | None = None
    previous_response_id: str | None = None
    conversation: Any = None
    background: bool | None = None
    prompt: Any = None

    @property
    def alternatives(self) -> int | None:
        """How many alternatives are wanted with each token; ``None`` is no log-probabilities.

        Raises:
            UsageError: if that is impossible.
        """
        if self.top_logprobs is not None and not 0 <= self.top_logprobs <= MOST:
            raise UsageError(f"top_logprobs must be between 0 and {MOST}")
        return (self.top_logprobs or 0) if self.top_logprobs or _LOGPROBS in (self.include or ()) else None


def as_chat(asked: ResponsesRequest) -> Chat:
    """Return what is asked.

    Raises:
        UsageError: if it is impossible, or not supported.
    """
    _refuse_memory(asked)
    if not asked.model:
        raise UsageError("model is required")
    items = [Item(role="user", content=asked.input)] if asked.input and isinstance(asked.input, str) else []
    if isinstance(asked.input, list):
        items = asked.input
    if asked.instructions:
        items = [Item(role="system", content=asked.instructions), *items]
    choice, tools = choose(asked.tool_choice, _tools(asked.tools or ()))
    return Chat(
        messages=plain_items(items),
        tools=tools,
        tool_choice=choice,
        parallel=asked.parallel_tool_calls is not False,
        options=options(asked, asked.max_output_tokens),
        format=grammar(asked.text.format if asked.text is not None else None, "$.text.format"),
        think=think(asked.reasoning.effort if asked.reasoning is not None else None),
        logprobs=asked.alternatives,
        truncate=asked.truncation != "disabled",
    )


def _refuse_memory(asked: ResponsesRequest) -> None:
    refused = {
        "previous_response_id": asked.previous_response_id,
        "conversation": asked.conversation,
        "prompt": asked.prompt,
        "background": asked.background or None,
    }
    for name, value in refused.items():
        if value is not None:
            raise UsageError(f"{name} is not supported: nothing is kept here", hint="send the whole conversation")


def _tools(tools: Iterable[dict[str, Any]]) -> tuple[PlainTool, ...]:
    found = []
    for number, tool in enumerate(tools):
        kind = tool.get("type")
        if isinstance(kind, str) and kind.startswith(_WITHOUT_EFFECT):
            continue
        if kind != "function":
            raise UsageError(f"$.tools[{number}] is of the type {kind!r}, which is not supported")
        found.append(convert(tool, Function, f"$.tools[{number}]").plain())
    return tuple(found)

"""``POST /v1/chat/completions``: what is asked."""

from __future__ import annotations

import msgspec

from olbuild.core.errors import UsageError
from olbuild.running.requests import Chat
from olbuild.serving.wire.openai.asked import Asked
from olbuild.serving.wire.openai.effort import think
from olbuild.serving.wire.openai.formats import Format, grammar
from olbuild.serving.wire.openai.logprobs import wanted
from olbuild.serving.wire.openai.messages import Message, plain_messages
from olbuild.serving.wire.openai.sampling import options
from olbuild.serving.wire.openai.tools import Choice, Mode, Tool, choose, plain_tools


class Reasoning(msgspec.Struct, kw_only=True):
    """How much to think."""

    effort: str | None = None


class ChatRequest(Asked, kw_only=True):
    """A request. What is not here, such as ``user``, ``store`` and ``metadata``, changes nothing."""

    messages: list[Message] | None = None
    max_completion_tokens: int | None = None
    tools: list[Tool] | None = None
    tool_choice: Mode | Choice | None = None
    parallel_tool_calls: bool | None = None
    functions: list[object] | None = None
    response_format: Format | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    reasoning_effort: str | None = None
    reasoning: Reasoning | None = None


def as_chat(asked: ChatRequest) -> Chat:
    """Return what is asked.

    Raises:
        UsageError: if it is impossible, or not supported.
    """
    if not asked.messages:
        raise UsageError("[] is too short - 'messages'")
    if not asked.model:
        raise UsageError("model is required")
    if asked.functions:
        raise UsageError("functions are not supported", hint="send them as tools, which took their place")
    most = asked.max_completion_tokens if asked.max_completion_tokens is not None else asked.max_tokens
    choice, tools = choose(asked.tool_choice, plain_tools(asked.tools))
    effort = asked.reasoning_effort or (asked.reasoning.effort if asked.reasoning is not None else None)
    return Chat(
        messages=plain_messages(asked.messages),
        tools=tools,
        tool_choice=choice,
        parallel=asked.parallel_tool_calls is not False,
        options=options(asked, most),
        format=grammar(asked.response_format, "$.response_format"),
        think=think(effort),
        logprobs=wanted(asked.logprobs, asked.top_logprobs),
    )

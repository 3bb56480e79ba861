"""``POST /v1/responses``: what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from olbuild.artifact.bundle import ParameterValue
from olbuild.running.requests import Chat, Json
from olbuild.serving.wire.openai.logprobs import Logprob
from olbuild.serving.wire.openai.sampling import effective
from olbuild.serving.wire.responses.asking import ResponsesRequest

Status: TypeAlias = Literal["in_progress", "completed", "failed"]


class OutputText(msgspec.Struct, kw_only=True, tag="output_text"):
    """The text of a message."""

    text: str = ""
    annotations: list[object] = []
    logprobs: list[Logprob] = []


class SummaryText(msgspec.Struct, kw_only=True, tag="summary_text"):
    """What was thought; it is no summary, and clients show it where they would show one."""

    text: str = ""


class MessageItem(msgspec.Struct, kw_only=True, tag="message"):
    """A message."""

    id: str
    status: Status
    content: list[OutputText]
    role: Literal["assistant"] = "assistant"


class ReasoningItem(msgspec.Struct, kw_only=True, tag="reasoning"):
    """Thoughts."""

    id: str
    summary: list[SummaryText]


class CallItem(msgspec.Struct, kw_only=True, tag="function_call"):
    """A call of a function; the arguments are a JSON object as text."""

    id: str
    call_id: str
    name: str
    arguments: str
    status: Status


OutputItem: TypeAlias = MessageItem | ReasoningItem | CallItem


class InputDetails(msgspec.Struct, kw_only=True):
    """How many tokens of the prompt had been read before; that is not said here, as in Ollama."""

    cached_tokens: int = 0


class OutputDetails(msgspec.Struct, kw_only=True):
    """How many tokens were thoughts; that is not counted here."""

    reasoning_tokens: int = 0


class ResponseUsage(msgspec.Struct, kw_only=True):
    """Tokens read and written."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_tokens_details: InputDetails
    output_tokens_details: OutputDetails


class ResponseError(msgspec.Struct, kw_only=True):
    """Why there is no answer."""

    message: str
    code: str = "server_error"


class Response(msgspec.Struct, kw_only=True):
    """An answer, and the request that it is for."""

    id: str
    created_at: int
    model: str
    temperature: float
    top_p: float
    presence_penalty: float
    frequency_penalty: float
    max_output_tokens: int | None
    instructions: str | None
    tools: list[dict[str, Any]]
    tool_choice: Json
    parallel_tool_calls: bool
    text: Json
    reasoning: Json
    truncation: str
    top_logprobs: int
    metadata: dict[str, str]
    status: Status = "in_progress"
    completed_at: int | None = None
    output: list[OutputItem] = []
    error: ResponseError | None = None
    incomplete_details: None = None
    usage: ResponseUsage | None = None
    object: Literal["response"] = "response"
    previous_response_id: None = None
    max_tool_calls: None = None
    store: bool = False
    background: bool = False
    service_tier: str = "default"
    safety_identifier: None = None
    prompt_cache_key: None = None


def begun(
    identifier: str, created: int, asked: ResponsesRequest, chat: Chat, parameters: Mapping[str, ParameterValue]
) -> Response:
    """Return an answer of which nothing has come yet."""
    format_ = asked.text.format if asked.text is not None else None
    return Response(
        id=identifier,
        created_at=created,
        model=asked.model or "",
        temperature=effective("temperature", chat.options, parameters),
        top_p=effective("top_p", chat.options, parameters),
        presence_penalty=effective("presence_penalty", chat.options, parameters),
        frequency_penalty=effective("frequency_penalty", chat.options, parameters),
        max_output_tokens=asked.max_output_tokens,
        instructions=asked.instructions or None,
        tools=asked.tools or [],
        tool_choice=_said(asked.tool_choice) or "auto",
        parallel_tool_calls=chat.parallel,
        text={"format": _said(format_) or {"type": "text"}},
        reasoning=_said(asked.reasoning) or None,
        truncation=asked.truncation or "disabled",
        top_logprobs=asked.top_logprobs or 0,
        metadata=asked.metadata or {},
    )


def _said(value: object) -> Json:
    """Return a part of a request as the client sent it, without what it left out."""
    plain = msgspec.to_builtins(value)
    if not isinstance(plain, dict):
        return plain
    return {name: each for name, each in plain.items() if each not in (None, [])}

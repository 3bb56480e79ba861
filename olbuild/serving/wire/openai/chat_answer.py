"""``POST /v1/chat/completions``: what is answered, whole or as a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from olbuild.running.requests import Call, Delta, Done
from olbuild.serving.wire.openai.logprobs import Logprobs, entries
from olbuild.serving.wire.openai.usage import Usage, usage

FINGERPRINT = "fp_ollama"
"""What Ollama calls every version of itself; there is nothing better to say, and clients only compare it."""

Reason: TypeAlias = Literal["stop", "length", "tool_calls"]


class FunctionOut(msgspec.Struct, kw_only=True):
    """A function and its arguments, which are JSON as text."""

    name: str
    arguments: str


class CallOut(msgspec.Struct, kw_only=True):
    """A call."""

    id: str
    index: int
    function: FunctionOut
    type: Literal["function"] = "function"


class MessageOut(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A message, or what a chunk adds to it. Clients have two names for what was thought."""

    role: Literal["assistant"] | UnsetType = UNSET
    content: str | UnsetType = UNSET
    reasoning: str | UnsetType = UNSET
    reasoning_content: str | UnsetType = UNSET
    tool_calls: list[CallOut] | UnsetType = UNSET


class ChoiceOut(msgspec.Struct, kw_only=True):
    """One of the answers."""

    index: int
    message: MessageOut
    finish_reason: Reason
    logprobs: Logprobs | UnsetType = UNSET


class ChunkChoice(msgspec.Struct, kw_only=True):
    """What comes further of one of the answers."""

    index: int
    delta: MessageOut
    finish_reason: Reason | None = None
    logprobs: Logprobs | UnsetType = UNSET


class Completion(msgspec.Struct, kw_only=True):
    """All answers."""

    id: str
    created: int
    model: str
    choices: list[ChoiceOut]
    usage: Usage
    object: Literal["chat.completion"] = "chat.completion"
    system_fingerprint: str = FINGERPRINT


class Chunk(msgspec.Struct, kw_only=True):
    """A part of a stream."""

    id: str
    created: int
    model: str
    choices: list[ChunkChoice]
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    system_fingerprint: str = FINGERPRINT
    usage: Usage | UnsetType = UNSET


def completion(
    identifier: str, created: int, model: str, answers: Sequence[tuple[Delta, Done]], alternatives: int | None
) -> Completion:
    """Return whole answers; ``alternatives`` says how many go with each token, ``None`` without log-probabilities."""
    choices = []
    for index, (answer, done) in enumerate(answers):
        thought = answer.thinking or UNSET
        message = MessageOut(
            role="assistant",
            content=answer.content,
            reasoning=thought,
            reasoning_content=thought,
            tool_calls=_calls(answer.calls, 0) if answer.calls else UNSET,
        )
        logprobs = UNSET if alternatives is None else Logprobs(content=entries(answer.logprobs, alternatives))
        reason = _reason(done, called=bool(answer.calls))
        choices.append(ChoiceOut(index=index, message=message, finish_reason=reason, logprobs=logprobs))
    ends = usage([[done for _, done in answers]])
    return Completion(id=identifier, created=created, model=model, choices=choices, usage=ends)


class ChatStream:
    """Writes the chunks of a stream, of one answer or of several at a time."""

    def __init__(self, identifier: str, created: int, model: str, alternatives: int | None) -> None:
        """Name what all chunks share; ``alternatives`` as ``completion`` has it."""
        self._identifier, self._created, self._model, self._alternatives = identifier, created, model, alternatives
        self._begun: set[int] = set()
        self._calls: dict[int, int] = {}
        self._ends: list[Done] = []

    def take(self, index: int, event: Delta | Done) -> Iterator[Chunk]:
        """Yield what an event of an answer adds: thoughts, text and calls are chunks of their own."""
        if isinstance(event, Done):
            yield from self._end(index, event)
            return
        parts = list(self._parts(index, event))
        if event.logprobs and not parts:
            parts = [MessageOut(content="")]
        logprobs: Logprobs | UnsetType = UNSET
        if self._alternatives is not None:
            logprobs = Logprobs(content=entries(event.logprobs, self._alternatives))
        for part in parts:
            yield self._chunk(index, part, logprobs)
            logprobs = UNSET

    def usage(self) -> Chunk:
        """Return the chunk behind all others that says how many tokens it took."""
        used = usage([self._ends])
        return Chunk(id=self._identifier, created=self._created, model=self._model, choices=[], usage=used)

    def _parts(self, index: int, delta: Delta) -> Iterable[MessageOut]:
        if delta.thinking:
            yield MessageOut(reasoning=delta.thinking, reasoning_content=delta.thinking)
        if delta.content:
            yield MessageOut(content=delta.content)
        if delta.calls:
            before = self._calls.get(index, 0)
            self._calls[index] = before + len(delta.calls)
            yield MessageOut(tool_calls=_calls(delta.calls, before))

    def _chunk(self, index: int, part: MessageOut, logprobs: Logprobs | UnsetType = UNSET) -> Chunk:
        if index not in self._begun:
            self._begun.add(index)
            part.role = "assistant"
            if part.content is UNSET:
                part.content = ""
        return self._wrap(ChunkChoice(index=index, delta=part, logprobs=logprobs))

    def _end(self, index: int, done: Done) -> Iterator[Chunk]:
        self._ends.append(done)
        if index not in self._begun:
            yield self._chunk(index, MessageOut(content=""))
        reason = _reason(done, called=index in self._calls)
        yield self._wrap(ChunkChoice(index=index, delta=MessageOut(), finish_reason=reason))

    def _wrap(self, choice: ChunkChoice) -> Chunk:
        return Chunk(id=self._identifier, created=self._created, model=self._model, choices=[choice])


def _calls(calls: Sequence[Call], before: int) -> list[CallOut]:
    return [
        CallOut(id=call.id, index=number, function=FunctionOut(name=call.name, arguments=call.arguments))
        for number, call in enumerate(calls, before)
    ]


def _reason(done: Done, *, called: bool) -> Reason:
    """Return why an answer ended. One that was interrupted did not come to its end, as one that became too long."""
    if done.finish != "stop":
        return "length"
    return "tool_calls" if called else "stop"

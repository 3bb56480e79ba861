"""``POST /v1/completions``: what is answered, whole or as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from olbuild.running.requests import Delta, Done, TokenLogprob
from olbuild.serving.wire.openai.chat_answer import FINGERPRINT
from olbuild.serving.wire.openai.logprobs import number
from olbuild.serving.wire.openai.usage import Usage, usage

Reason: TypeAlias = Literal["stop", "length", "load"]
"""``load``: there was nothing to complete, and the model was loaded (as Ollama says it)."""


class OldLogprobs(msgspec.Struct, kw_only=True):
    """Log-probabilities as this API has them: lists of one length, and where in the text each token begins."""

    tokens: list[str]
    token_logprobs: list[float]
    top_logprobs: list[dict[str, float]]
    text_offset: list[int]


class TextChoice(msgspec.Struct, kw_only=True):
    """One of the answers, or what comes further of it."""

    text: str
    index: int
    finish_reason: Reason | None = None
    logprobs: OldLogprobs | UnsetType = UNSET


class TextCompletion(msgspec.Struct, kw_only=True):
    """All answers, or a part of a stream."""

    id: str
    created: int
    model: str
    choices: list[TextChoice]
    object: Literal["text_completion"] = "text_completion"
    system_fingerprint: str = FINGERPRINT
    usage: Usage | UnsetType = UNSET


class TextWriter:
    """Writes answers. Those to one prompt stand together, ``each`` of them.

    Args:
        identifier, created, model: what all parts share.
        echoes: what stands before the answers to each prompt.
        each: how many answers a prompt gets.
        logprobs: how many alternatives go with each token; ``None`` is without log-probabilities.
        counting: whether each part of a stream says how many tokens it took: none, as in Ollama, until the end.
    """

    def __init__(
        self,
        identifier: str,
        created: int,
        model: str,
        echoes: Sequence[str],
        *,
        each: int,
        logprobs: int | None,
        counting: bool = False,
    ) -> None:
        """Keep them."""
        self._counted: Usage | UnsetType = Usage() if counting else UNSET
        self._identifier, self._created, self._model = identifier, created, model
        self._echoes, self._each, self._logprobs = echoes, each, logprobs
        self._offsets: dict[int, int] = {}
        self._ends: dict[int, Done] = {}

    def loaded(self, *, streamed: bool = False) -> TextCompletion:
        """Return the answer to no prompt, whole or as the part of a stream."""
        return self._wrap([TextChoice(text="", index=0, finish_reason="load")], self._counted if streamed else Usage())

    def whole(self, answers: Sequence[tuple[Delta, Done]]) -> TextCompletion:
        """Return whole answers."""
        choices = []
        for index, (answer, done) in enumerate(answers):
            self._ends[index] = done
            text = self._echoes[index // self._each] + answer.content
            logprobs = self._old(index, answer.logprobs)
            choices.append(TextChoice(text=text, index=index, finish_reason=_reason(done), logprobs=logprobs))
        return self._wrap(choices, self._usage())

    def take(self, index: int, event: Delta | Done) -> Iterator[TextCompletion]:
        """Yield what an event of an answer adds."""
        echo = "" if index in self._offsets else self._echoes[index // self._each]
        self._offsets.setdefault(index, 0)
        if isinstance(event, Done):
            self._ends[index] = event
            choice = TextChoice(text=echo, index=index, finish_reason=_reason(event))
            yield self._wrap([choice], self._counted)
        elif event.content or event.logprobs or echo:
            logprobs = self._old(index, event.logprobs)
            choice = TextChoice(text=echo + event.content, index=index, logprobs=logprobs)
            yield self._wrap([choice], self._counted)

    def usage(self) -> TextCompletion:
        """Return the part behind all others that says how many tokens it took."""
        return self._wrap([], self._usage())

    def _usage(self) -> Usage:
        prompts: dict[int, list[Done]] = {}
        for index, end in self._ends.items():
            prompts.setdefault(index // self._each, []).append(end)
        return usage(prompts.values())

    def _old(self, index: int, tokens: Sequence[TokenLogprob]) -> OldLogprobs | UnsetType:
        if self._logprobs is None:
            return UNSET
        offsets, offset = [], self._offsets.get(index, 0)
        for token in tokens:
            offsets.append(offset)
            offset += len(token.token)
        self._offsets[index] = offset
        return OldLogprobs(
            tokens=[token.token for token in tokens],
            token_logprobs=[number(token) for token in tokens],
            top_logprobs=[{each.token: number(each) for each in token.top[: self._logprobs]} for token in tokens],
            text_offset=offsets,
        )

    def _wrap(self, choices: list[TextChoice], used: Usage | UnsetType) -> TextCompletion:
        return TextCompletion(
            id=self._identifier, created=self._created, model=self._model, choices=choices, usage=used
        )


def _reason(done: Done) -> Reason:
    return "stop" if done.finish == "stop" else "length"

"""Vectors and scores: what a model makes of texts, as requests ask for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from olbuild.core.errors import OlbuildError, UnsupportedError, UsageError
from olbuild.running.engine.vectors import finished, numbers
from olbuild.running.failing import failed
from olbuild.running.jobs import Runtime, Ticket
from olbuild.running.requests import Done, Embed, Embeddings, Event, Rerank, Scores, Tell


def embed(runtime: Runtime, request: Embed, capabilities: AbstractSet[str], tell: Tell) -> Ticket:
    """Begin a request; ``tell`` hears one event.

    A model that continues texts could make vectors too, but they mean little; Ollama refuses it as well.

    Raises:
        UnsupportedError: if the model is not made for it.
        UsageError: if an input is empty, or too long and may not be cut.
        EngineError: if the model has been closed.
    """
    if "embedding" not in capabilities:
        raise UnsupportedError(
            "the model makes no embeddings", capability="embedding", hint="it generates text; take one made for them"
        )
    context = runtime.facts.context
    inputs = [_tokens(runtime, one, truncate=request.truncate) for one in request.inputs]
    if any(len(tokens) > context for tokens in inputs):
        raise UsageError("the input length exceeds the context length")  # Ollama's words, to the letter

    def answer(vectors: list[bytes]) -> Event:
        scaled = (finished(vector, request.dimensions, normalise=request.normalise) for vector in vectors)
        return Embeddings(vectors=tuple(scaled), prompt_tokens=sum(map(len, inputs)))

    return _begin(runtime, inputs, answer, tell)


def rerank(runtime: Runtime, request: Rerank, capabilities: AbstractSet[str], tell: Tell) -> Ticket:
    """Begin a request; ``tell`` hears one event.

    Raises:
        UnsupportedError: if the model makes no scores.
        UsageError: if a query with its document is too long.
        EngineError: if the model has been closed.
    """
    if "rerank" not in capabilities:
        raise UnsupportedError("the model ranks no documents", capability="rerank")
    pairs = [runtime.pair(request.query, document) for document in request.documents]

    def answer(vectors: list[bytes]) -> Event:
        scores = tuple(numbers(vector)[0] for vector in vectors)
        return Scores(values=scores, prompt_tokens=sum(map(len, pairs)))

    return _begin(runtime, pairs, answer, tell)


def _begin(
    runtime: Runtime,
    inputs: Sequence[Sequence[int]],
    answer: Callable[[list[bytes]], Event],
    tell: Tell,
) -> Ticket:
    def hear(heard: list[bytes] | Done | OlbuildError) -> None:
        if isinstance(heard, Done):
            tell(heard)
            return
        try:
            tell(failed(heard) if isinstance(heard, OlbuildError) else answer(heard))
        except OlbuildError as error:  # numbers that are none
            tell(failed(error))

    return runtime.embed(inputs, hear)


def _tokens(runtime: Runtime, given: str | tuple[int, ...], *, truncate: bool) -> tuple[int, ...]:
    if isinstance(given, str):
        return runtime.sequence(given, truncate=truncate)
    return given[: runtime.facts.context] if truncate else given

"""Vectors and scores: what a model makes of texts, as requests ask for it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from olbuild.core.errors import UnsupportedError, UsageError
from olbuild.running.engine.vectors import finished, numbers
from olbuild.running.jobs import Runtime
from olbuild.running.requests import Embed, Embeddings, Rerank, Scores


def embed(runtime: Runtime, request: Embed, capabilities: AbstractSet[str]) -> Embeddings:
    """Answer a request; waits for it.

    A model that continues texts could make vectors too, but they mean little; Ollama refuses it as well.

    Raises:
        UnsupportedError: if the model is not made for it.
        UsageError: if an input is empty, or too long and may not be cut.
        EngineError: if the engine fails.
    """
    if "embedding" not in capabilities:
        raise UnsupportedError(
            "the model makes no embeddings", capability="embedding", hint="it generates text; take one made for them"
        )
    context = runtime.facts.context
    inputs = [_tokens(runtime, one, truncate=request.truncate) for one in request.inputs]
    if any(len(tokens) > context for tokens in inputs):
        raise UsageError("the input length exceeds the context length")  # Ollama's words, to the letter
    vectors = runtime.embed(inputs)
    return Embeddings(
        vectors=tuple(finished(vector, request.dimensions, normalise=request.normalise) for vector in vectors),
        prompt_tokens=sum(map(len, inputs)),
    )


def rerank(runtime: Runtime, request: Rerank, capabilities: AbstractSet[str]) -> Scores:
    """Answer a request; waits for it.

    Raises:
        UnsupportedError: if the model makes no scores.
        UsageError: if a query with its document is too long.
        EngineError: if the engine fails.
    """
    if "rerank" not in capabilities:
        raise UnsupportedError("the model ranks no documents", capability="rerank")
    pairs = [runtime.pair(request.query, document) for document in request.documents]
    scores = tuple(numbers(vector)[0] for vector in runtime.embed(pairs))
    return Scores(values=scores, prompt_tokens=sum(map(len, pairs)))


def _tokens(runtime: Runtime, given: str | tuple[int, ...], *, truncate: bool) -> tuple[int, ...]:
    if isinstance(given, str):
        return runtime.sequence(given, truncate=truncate)
    return given[: runtime.facts.context] if truncate else given

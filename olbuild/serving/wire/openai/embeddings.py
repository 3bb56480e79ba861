"""``POST /v1/embeddings``."""

from __future__ import annotations

from typing import Literal

import msgspec

from olbuild.core.errors import UsageError
from olbuild.running.requests import Embed, Embeddings
from olbuild.serving.wire.vectors import as_base64, as_floats

_MOST_INPUTS = 2048  # as the OpenAI API has it


class EmbeddingRequest(msgspec.Struct, kw_only=True):
    """A request: a text, texts, the tokens of one, or those of several."""

    model: str | None = None
    input: str | list[str | int | list[int]] | None = None
    encoding_format: str | None = None
    dimensions: int | None = None


class EmbeddingUsage(msgspec.Struct, kw_only=True):
    """Tokens that were read."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingOut(msgspec.Struct, kw_only=True):
    """A vector: numbers, or little-endian float32 in base64."""

    embedding: list[float] | str
    index: int
    object: Literal["embedding"] = "embedding"


class EmbeddingList(msgspec.Struct, kw_only=True):
    """All vectors."""

    data: list[EmbeddingOut]
    model: str
    usage: EmbeddingUsage
    object: Literal["list"] = "list"


def as_embed(asked: EmbeddingRequest) -> Embed:
    """Return what is asked.

    Raises:
        UsageError: if it is impossible.
    """
    if (asked.encoding_format or "float").lower() not in ("float", "base64"):
        raise UsageError(
            f"Invalid value for 'encoding_format' = {asked.encoding_format}. Supported values: ['float', 'base64']."
        )
    inputs = _inputs(asked.input)
    if not inputs:
        raise UsageError("invalid input", hint="input is a text, a list of texts, or tokens")
    if len(inputs) > _MOST_INPUTS:
        raise UsageError(f"there are {len(inputs)} inputs, and may be {_MOST_INPUTS}")
    # The OpenAI API refuses what is too long, and a vector of a part would pass for one of the whole.
    return Embed(inputs=inputs, dimensions=max(asked.dimensions or 0, 0), truncate=False)


def _inputs(given: str | list[str | int | list[int]] | None) -> tuple[str | tuple[int, ...], ...]:
    if given is None:
        return ()
    if isinstance(given, str):
        return (given,)
    numbers = tuple(each for each in given if isinstance(each, int))
    if len(numbers) == len(given):
        return (numbers,) if numbers else ()
    if numbers:
        raise UsageError("invalid input", hint="tokens and texts cannot stand in one list")
    return tuple(each if isinstance(each, str) else _tokens(each) for each in given)  # type: ignore[arg-type]


def _tokens(tokens: list[int]) -> tuple[int, ...]:
    if not tokens:
        raise UsageError("invalid input", hint="a list of tokens is empty")
    return tuple(tokens)


def embedding_list(model: str, found: Embeddings, encoding: str | None) -> EmbeddingList:
    """Return the answer."""
    form = as_base64 if (encoding or "").lower() == "base64" else as_floats
    data = [EmbeddingOut(index=index, embedding=form(vector)) for index, vector in enumerate(found.vectors)]
    used = EmbeddingUsage(prompt_tokens=found.prompt_tokens, total_tokens=found.prompt_tokens)
    return EmbeddingList(data=data, model=model, usage=used)

"""``POST /v1/rerank`` and ``/api/rerank``, in the shape of Jina and Cohere that llama.cpp's server has."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from olbuild.core.errors import UsageError
from olbuild.running.requests import Rerank, Scores

_MOST_DOCUMENTS = 1024


class Document(msgspec.Struct, kw_only=True):
    """A document."""

    text: str


class RerankRequest(msgspec.Struct, kw_only=True):
    """A request; without ``top_n`` all documents come back."""

    model: str | None = None
    query: str | None = None
    documents: list[str | Document] | None = None
    top_n: int | None = None
    return_documents: bool | None = None


class Result(msgspec.Struct, kw_only=True):
    """How well a document fits; ``index`` is its place in the request."""

    index: int
    relevance_score: float
    document: Document | UnsetType = UNSET


class Usage(msgspec.Struct, kw_only=True):
    """Tokens that were read."""

    prompt_tokens: int
    total_tokens: int


class RerankAnswer(msgspec.Struct, kw_only=True):
    """The documents, the best first."""

    model: str
    results: list[Result]
    usage: Usage
    object: Literal["list"] = "list"


def as_rerank(asked: RerankRequest) -> Rerank:
    """Return what is asked.

    Raises:
        UsageError: if it is impossible.
    """
    if not asked.query:
        raise UsageError("$.query is missing")
    if not asked.documents:
        raise UsageError("$.documents is missing")
    if len(asked.documents) > _MOST_DOCUMENTS:
        raise UsageError(f"there are {len(asked.documents)} documents, and may be {_MOST_DOCUMENTS}")
    if asked.top_n is not None and asked.top_n < 1:
        raise UsageError("top_n must be at least 1")
    return Rerank(query=asked.query, documents=_texts(asked))


def answer(asked: RerankRequest, scores: Scores) -> RerankAnswer:
    """Return the answer; of equal documents the one that was named first comes first."""
    texts = _texts(asked)
    order = sorted(range(len(texts)), key=lambda index: -scores.values[index])
    results = [
        Result(
            index=index,
            relevance_score=scores.values[index],
            document=Document(text=texts[index]) if asked.return_documents else UNSET,
        )
        for index in order[: asked.top_n]
    ]
    used = Usage(prompt_tokens=scores.prompt_tokens, total_tokens=scores.prompt_tokens)
    return RerankAnswer(model=asked.model or "", results=results, usage=used)


def _texts(asked: RerankRequest) -> tuple[str, ...]:
    return tuple(each if isinstance(each, str) else each.text for each in asked.documents or ())

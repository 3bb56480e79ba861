"""Tokens, scores and code between code."""

import json
from typing import Any, TypeVar

import msgspec
import pytest

from olbuild.core.errors import UsageError
from olbuild.running.requests import Complete, Delta, Detokenize, Done, Json, Rerank, Scores, Tokenize
from olbuild.serving.wire.extra.infill import InfillRequest, as_complete, parts
from olbuild.serving.wire.extra.rerank import RerankRequest, answer, as_rerank
from olbuild.serving.wire.extra.tokens import DetokenizeRequest, TokenizeRequest, as_detokenize, as_tokenize
from olbuild.serving.wire.strict import decode

T = TypeVar("T")


def read(kind: type[T], **fields: Json) -> T:
    return decode(json.dumps({"model": "m", **fields}).encode(), kind)


def test_tokenize() -> None:
    assert as_tokenize(read(TokenizeRequest, content="")) == Tokenize(text="")
    given = read(TokenizeRequest, text="a", add_special=True, parse_special=False)
    assert as_tokenize(given) == Tokenize(text="a", add_bos=True, special=False)
    with pytest.raises(UsageError):
        as_tokenize(read(TokenizeRequest))


def test_detokenize() -> None:
    assert as_detokenize(read(DetokenizeRequest, tokens=[])) == Detokenize(tokens=())
    for wrong in (None, [-1], [1 << 31]):
        with pytest.raises(UsageError):
            as_detokenize(read(DetokenizeRequest, tokens=wrong))


def test_the_best_document_comes_first() -> None:
    asked = read(RerankRequest, query="q", documents=["a", {"text": "b"}, "c"], top_n=2, return_documents=True)
    assert as_rerank(asked) == Rerank(query="q", documents=("a", "b", "c"))
    given = json.loads(msgspec.json.encode(answer(asked, Scores(values=(0.1, 0.9, 0.9), prompt_tokens=7))))
    assert given == {
        "model": "m",
        "object": "list",
        "usage": {"prompt_tokens": 7, "total_tokens": 7},
        "results": [
            {"index": 1, "relevance_score": 0.9, "document": {"text": "b"}},
            {"index": 2, "relevance_score": 0.9, "document": {"text": "c"}},
        ],
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"documents": ["a"]},
        {"query": "q"},
        {"query": "q", "documents": []},
        {"query": "q", "documents": ["a"], "top_n": 0},
        {"query": "q", "documents": ["a"] * 1025},
    ],
)
def test_rerank_needs_both(fields: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        as_rerank(read(RerankRequest, **fields))


def test_infill() -> None:
    asked = read(
        InfillRequest,
        input_prefix="def f(",
        input_suffix="return",
        prompt="a",
        n_predict=4,
        input_extra=[{"filename": "x.py", "text": "X"}],
        samplers=["top_k"],
    )
    assert as_complete(asked) == Complete(
        prompt="--- x.py ---\n\nX\n\ndef f(a", suffix="return", options={"num_predict": 4}
    )
    with pytest.raises(UsageError):
        as_complete(read(InfillRequest, prompt="a"))


def test_infill_says_how_it_ended() -> None:
    assert [part.content for part in parts("m", Delta(content="a"))] == ["a"]
    (last,) = parts("m", Done(finish="stop", stop="x", tokens=3, prompt_tokens=5), "whole")
    plain = json.loads(msgspec.json.encode(last))
    assert (plain["content"], plain["stop"], plain["stop_type"], plain["stopping_word"]) == ("whole", True, "word", "x")
    assert (plain["tokens_predicted"], plain["tokens_evaluated"]) == (3, 5)

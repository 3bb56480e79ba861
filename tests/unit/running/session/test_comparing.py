"""Requests for vectors and scores, on a runtime whose vector is the number of tokens, the first of them, and 0."""

from array import array

import pytest

from olbuild.core.errors import EngineError, OlbuildError, UnsupportedError, UsageError
from olbuild.running.failing import failed
from olbuild.running.requests import Done, Embed, Embeddings, Event, Rerank, Scores
from olbuild.running.session.comparing import embed, rerank
from tests.unit.running.session.scripted import Scripted

EMBEDS, RANKS = frozenset({"embedding"}), frozenset({"rerank"})


def unheard(event: Event) -> None:
    pytest.fail(f"{event} is told")


def embedded(request: Embed, context: int = 10, fault: OlbuildError | Done | None = None) -> Event:
    heard: list[Event] = []
    runtime = Scripted(context=context)
    runtime.fault = fault
    embed(runtime, request, EMBEDS, heard.append)
    (event,) = heard
    return event


def vectors(request: Embed, context: int = 10) -> list[list[float]]:
    found = embedded(request, context)
    assert isinstance(found, Embeddings)
    return [list(array("f", vector)) for vector in found.vectors]


def test_texts_and_tokens_come_back_in_their_order() -> None:
    request = Embed(inputs=("abc", (7, 8), "d"), normalise=False)
    assert vectors(request) == [[3, ord("a"), 0], [2, 7, 0], [1, ord("d"), 0]]
    found = embedded(request)
    assert isinstance(found, Embeddings)
    assert found.prompt_tokens == 6
    assert embedded(Embed(inputs=())) == Embeddings(vectors=())


def test_only_what_may_be_cut_is() -> None:
    assert vectors(Embed(inputs=("a" * 20, (1,) * 20), normalise=False)) == [[10, 97, 0], [10, 1, 0]]
    for one in ("a" * 11, (1,) * 11):
        with pytest.raises(UsageError, match="the input length exceeds the context length"):
            vectors(Embed(inputs=(one,), truncate=False))
    assert vectors(Embed(inputs=("a" * 10,), truncate=False, normalise=False)) == [[10, 97, 0]]


def test_vectors_are_scaled_after_they_are_cut() -> None:
    assert vectors(Embed(inputs=((4, 4, 4),))) == [pytest.approx([0.6, 0.8, 0])]
    assert vectors(Embed(inputs=((4, 4, 4),), dimensions=1)) == [[1]]
    assert vectors(Embed(inputs=((4, 4, 4),), dimensions=9, normalise=False)) == [[3, 4, 0]]


def test_scores_are_one_number_for_each_document() -> None:
    heard: list[Event] = []
    rerank(Scripted(), Rerank(query="q", documents=("a", "bcd")), RANKS, heard.append)
    assert heard == [Scores(values=(3, 5), prompt_tokens=8)]


def test_what_goes_wrong_and_what_is_not_wanted_any_more_are_told() -> None:
    assert embedded(Embed(inputs=("a",)), fault=EngineError("broken")) == failed(EngineError("broken"))
    assert embedded(Embed(inputs=("a",)), fault=Done(finish="interrupted")) == Done(finish="interrupted")


def test_a_model_does_what_it_is_made_for() -> None:
    with pytest.raises(UnsupportedError, match="makes no embeddings"):
        embed(Scripted(), Embed(inputs=("a",)), RANKS, unheard)
    with pytest.raises(UnsupportedError, match="ranks no documents"):
        rerank(Scripted(), Rerank(query="a", documents=()), EMBEDS, unheard)

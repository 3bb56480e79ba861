"""A context that gets more sequences, and room for more tokens of each, while answers are given."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from olbuild.core.errors import EngineError
from olbuild.core.records import replace
from olbuild.llama.bind import bind
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.copies import Copies
from olbuild.running.engine.decoder import Decoder
from olbuild.running.engine.outcome import NotEvaluated
from olbuild.running.engine.weights import Weights
from olbuild.running.jobs import Piece
from olbuild.running.options import LoadOptions
from olbuild.running.placement import Placement
from olbuild.running.runtime import load_runtime
from olbuild.running.steps import Cut, Feed, Step
from tests.integration.engine.asking import FRANCE, STORY, Asked, ask, job

PROMPT = tuple(range(1000, 1040))
PLACEMENT = Placement(context=256, parallel=32, first=2, cells=256 * 32, batch=64, outputs=32, threads=1)


@contextmanager
def _opened(path: Path, placement: Placement) -> Iterator[Decoder]:
    stop = StopFlag()
    weights = Weights([path], (), LoadOptions(), placement, stop, lambda _fraction: None)
    with closing(weights), closing(Decoder(weights, placement, stop)) as decoder:
        yield decoder


@pytest.fixture
def decoder(smollm2: Path) -> Iterator[Decoder]:
    with _opened(smollm2, PLACEMENT) as decoder:
        yield decoder


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let there be no memory for contexts with more than so much of something."""
    llama = bind()
    make = llama.llama_init_from_model

    def limit(**most: int) -> None:
        def refuse(model: object, parameters: Any) -> object:  # noqa: ANN401 - a struct of the bindings
            return (
                None
                if any(getattr(parameters, name) > value for name, value in most.items())
                else make(model, parameters)
            )

        monkeypatch.setattr(llama, "llama_init_from_model", refuse)

    return limit


def _read(decoder: Decoder) -> np.ndarray[Any, Any]:
    """Read a prompt in sequence 1; return the logits of one token more, and take that back."""
    decoder.apply(Step(feeds=(Feed(0, 1, 0, PROMPT, 1),)))
    return _follow(decoder)


def _follow(decoder: Decoder) -> np.ndarray[Any, Any]:
    """Do that behind a prompt that was read."""
    logits = decoder.apply(Step(feeds=(Feed(0, 1, 40, (7,), 1),))).copy()
    decoder.apply(Step(edits=(Cut(1, 40),)))
    return logits


def test_what_was_read_is_still_there(decoder: Decoder) -> None:
    assert (decoder.room.sequences, decoder.room.cells, decoder.grows) == (2, 512, True)
    expected = _read(decoder)
    assert decoder.grow(3) == frozenset()
    assert (decoder.room.sequences, decoder.room.cells, decoder.grows) == (8, 2048, True)
    again = decoder.apply(Step(feeds=(Feed(0, 1, 40, (7,), 1), Feed(1, 7, 0, PROMPT, 1))))
    np.testing.assert_allclose(again[0], expected[0], atol=1e-2)
    assert decoder.grow(9) == frozenset()
    assert (decoder.room.sequences, decoder.room.cells, decoder.grows) == (32, 8192, False)


def test_without_memory_for_more_there_are_as_many_as_before(decoder: Decoder, limit: Callable[..., None]) -> None:
    expected = _read(decoder)
    limit(n_seq_max=2)
    assert decoder.grow(3) == frozenset()
    assert (decoder.room.sequences, decoder.grows) == (2, False)
    again = decoder.apply(Step(feeds=(Feed(0, 1, 40, (7,), 1),)))
    np.testing.assert_allclose(again, expected, atol=1e-2)


def test_without_memory_for_a_copy_a_sequence_is_lost(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = _read(decoder)
    monkeypatch.setattr(Copies, "all", lambda _copies: None)
    assert decoder.grow(3) == {1}
    again = decoder.apply(Step(feeds=(Feed(0, 1, 0, (*PROMPT, 7), 1),)))
    assert again[0].argmax() == expected[0].argmax()


def test_with_another_attention_for_many_what_was_read_is_read_again(smollm2: Path) -> None:
    with _opened(smollm2, replace(PLACEMENT, plain=True)) as decoder:
        expected = _read(decoder)
        assert decoder.grow(3) == {1}
        again = _read(decoder)
        assert np.corrcoef(again[0], expected[0])[0, 1] > 0.99
        assert not np.array_equal(again, expected)  # it is another one
        assert decoder.grow(9) == frozenset()  # and stays the same from then on
        last = decoder.apply(Step(feeds=(Feed(0, 1, 40, (7,), 1),)))
        np.testing.assert_allclose(last, again, atol=1e-2)


@pytest.mark.parametrize("plain", [False, True])
def test_answers_go_on_while_others_come(smollm2: Path, plain: bool) -> None:  # noqa: FBT001 - a case
    placement = Placement(
        context=256, parallel=16, first=1, cells=256 * 16, batch=256, outputs=16, threads=2, plain=plain
    )
    with closing(load_runtime([smollm2], placement=placement)) as runtime:
        alone = ask(runtime, STORY, num_predict=48)[0]
        first = Asked(runtime, job(runtime, STORY, num_predict=48))
        pieces = iter(first)
        beginning = next(pieces)
        assert isinstance(beginning, Piece)  # it is being given
        others = [Asked(runtime, job(runtime, FRANCE, num_predict=8)) for _ in range(11)]
        answers = {other.answer()[0] for other in others}
        text = beginning.text + "".join(piece.text for piece in pieces if isinstance(piece, Piece))
        assert len(answers) == 1
        assert text.split()[:8] == alone.split()[:8]  # rounding may part them later


@pytest.mark.parametrize("plain", [False, True])
def test_what_would_be_lost_is_not_evaluated_to_its_end(
    smollm2: Path,
    monkeypatch: pytest.MonkeyPatch,
    plain: bool,  # noqa: FBT001 - a case
) -> None:
    begun, others_wait, ended = threading.Event(), threading.Event(), list[bool]()
    decode = Decoder.apply

    def apply(decoder: Decoder, step: Step, *arguments: Any) -> object:  # noqa: ANN401 - those of the original
        if not ended and step.feeds:
            begun.set()
            assert others_wait.wait(60)
        try:
            logits = decode(decoder, step, *arguments)
        except NotEvaluated:
            ended.append(False)
            raise
        ended.extend([True] * bool(step.feeds))
        return logits

    monkeypatch.setattr(Decoder, "apply", apply)
    placement = replace(PLACEMENT, first=1, plain=plain, threads=2)
    with closing(load_runtime([smollm2], placement=placement)) as runtime:
        first = Asked(runtime, job(runtime, STORY, num_predict=2))
        assert begun.wait(60)
        other = Asked(runtime, job(runtime, FRANCE, num_predict=2))
        others_wait.set()
        assert first.answer()[1].tokens == other.answer()[1].tokens == 2
    assert ended[0] is not plain
    assert all(ended[1:])


def test_one_after_the_other_needs_no_more(smollm2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def grow(_decoder: Decoder, wanted: int, *, whole: bool) -> frozenset[int]:  # noqa: ARG001 - those of the original
        raise AssertionError(f"nobody waits, and there was to be room for {wanted}")

    monkeypatch.setattr(Decoder, "grow", grow)
    placement = Placement(context=256, parallel=16, first=1, cells=256 * 16, batch=256, outputs=16, threads=2)
    with closing(load_runtime([smollm2], placement=placement)) as runtime:
        for _ in range(2):
            assert ask(runtime, FRANCE, num_predict=2)


LONG = replace(PLACEMENT, context=1024, parallel=2, first=0, ready=256, cells=2048, threads=2)
MANY = replace(LONG, parallel=8, first=2, cells=8192)


@pytest.fixture
def long(smollm2: Path) -> Iterator[Decoder]:
    with _opened(smollm2, LONG) as decoder:
        yield decoder


def test_a_whole_context_comes_later(long: Decoder) -> None:
    room, llama = long.room, long._llama
    assert (room.sequences, room.ready, room.context, room.cells) == (2, 256, 1024, 2048)
    assert llama.llama_n_ctx(long._handle) == 512
    expected = _read(long)
    assert long.grow(1) == frozenset()  # nobody is long
    assert (long.room.ready, llama.llama_n_ctx(long._handle)) == (256, 512)
    assert long.grow(1, whole=True) == frozenset()
    assert long.room == replace(room, ready=0)
    assert llama.llama_n_ctx(long._handle) == 2048
    np.testing.assert_array_equal(_follow(long), expected)


def test_sequences_and_tokens_come_at_once(smollm2: Path) -> None:
    with _opened(smollm2, MANY) as decoder:
        expected = _read(decoder)
        assert (decoder.room.sequences, decoder.room.ready) == (2, 256)
        assert decoder.grow(3) == frozenset()
        assert (decoder.room.sequences, decoder.room.ready) == (8, 256)
        assert decoder.grow(3, whole=True) == frozenset()
        assert (decoder.room.sequences, decoder.room.ready, decoder.room.cells) == (8, 0, 8192)
        np.testing.assert_allclose(_follow(decoder), expected, atol=1e-2)


@pytest.mark.parametrize("users", [1, 2])
def test_who_outgrows_the_first_room_gets_the_same_answer(smollm2: Path, users: int) -> None:
    answers = list[str]()
    for placement in (LONG, replace(LONG, ready=0)):
        with closing(load_runtime([smollm2], placement=placement)) as runtime:
            assert runtime.facts.context == 1024
            asked = [Asked(runtime, job(runtime, STORY, num_predict=300, repeat_penalty=1.1)) for _ in range(users)]
            answers += [each.answer()[0] for each in asked]
            read = runtime.detokenize(runtime.tokenize(answers[-1] * 2)[:700])
            answers.append(ask(runtime, read, num_predict=20)[0])
    assert answers[: users + 1] == answers[users + 1 :]


def test_without_memory_for_more_sequences_they_can_still_be_long(smollm2: Path, limit: Callable[..., None]) -> None:
    limit(n_seq_max=2)
    with closing(load_runtime([smollm2], placement=MANY)) as runtime:
        asked = [Asked(runtime, job(runtime, STORY * times, num_predict=4)) for times in (1, 20, 1, 20)]
        assert max(each.answer()[1].prompt_tokens for each in asked) > LONG.ready


def test_without_memory_for_a_whole_context_the_short_go_on(smollm2: Path, limit: Callable[..., None]) -> None:
    limit(n_ctx=512)
    with closing(load_runtime([smollm2], placement=LONG)) as runtime:
        short = Asked(runtime, job(runtime, STORY, num_predict=40))
        with pytest.raises(EngineError, match="no room for the request"):
            ask(runtime, STORY * 20, num_predict=4)
        assert short.answer()[1].tokens == 40
        assert ask(runtime, STORY, num_predict=400)[1].finish == "length"

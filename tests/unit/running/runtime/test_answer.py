"""When the listener of an answer hears what."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import numpy as np

from olbuild.core.errors import EngineError
from olbuild.running.engine.vocabulary import Vocabulary
from olbuild.running.jobs import Job, JobEvent, Piece
from olbuild.running.options import Sampling
from olbuild.running.requests import Done
from olbuild.running.runtime.answer import Answer
from olbuild.running.runtime.chooser import Chooser
from olbuild.running.steps import Feed


def _answer(hear: Callable[[JobEvent], None]) -> Answer:
    """Return an answer of a model that says "a" to everything."""
    vocabulary = SimpleNamespace(ends=lambda _: False, piece=lambda _: b"a")
    chooser = SimpleNamespace(choose=lambda _: 7, finished=False, seed=1, close=lambda: None)
    return Answer(
        Job(prompt=(1, 2), sampling=Sampling()),
        hear,
        cast("Vocabulary", vocabulary),
        cast("Chooser", chooser),
        context=64,
        drafts=False,
        submitted=time.perf_counter(),
    )


def _say(answer: Answer, times: int) -> None:
    for position in range(times):
        answer.take(Feed(0, 0, position, (7,), 1), np.zeros((1, 8), np.float32))


def test_a_first_word_does_not_wait_and_others_do() -> None:
    heard: list[JobEvent] = []
    answer = _answer(heard.append)
    assert not answer.waits
    _say(answer, 1)
    assert answer.waits
    assert not heard
    answer.deliver()
    _say(answer, 3)
    assert not answer.waits
    assert heard == [Piece(text="a")]
    answer.deliver()
    assert heard == [Piece(text="a")] * 4  # each token still has an event of its own


def test_the_end_comes_behind_all_that_was_said() -> None:
    heard: list[JobEvent] = []
    answer = _answer(heard.append)
    _say(answer, 2)
    answer.end("length")
    answer.deliver()
    answer.deliver()
    assert [type(event) for event in heard] == [Piece, Piece, Done]


def test_a_listener_that_raises_ends_the_answer_and_hears_nothing_more() -> None:
    heard: list[JobEvent] = []

    def hear(event: JobEvent) -> None:
        heard.append(event)
        raise ValueError("nobody is there")

    answer = _answer(hear)
    _say(answer, 2)
    answer.deliver()
    assert answer.finish == "interrupted"
    answer.fail(EngineError("the engine failed"))
    answer.deliver()
    assert len(heard) == 1

"""What a decoder does with sequences, and what each answer of ``llama_decode`` means."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from olbuild.core.errors import EngineError
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.decoder import Decoder
from olbuild.running.engine.outcome import NotEvaluated
from olbuild.running.engine.weights import Weights
from olbuild.running.options import LoadOptions
from olbuild.running.placement import Placement
from olbuild.running.steps import Copy, Cut, Feed, Shift, Step

TOKENS = tuple(range(1000, 1040))


class Made:
    """A decoder of 256 cells, and the flag that stops it."""

    def __init__(self, smollm2: Path, stack: ExitStack) -> None:
        """Make it; the stack frees it."""
        self.stop = StopFlag()
        weights = Weights([smollm2], (), LoadOptions(), None, self.stop, lambda _fraction: None)
        stack.callback(weights.close)
        placement = Placement(context=256, cells=256, parallel=4, batch=256, outputs=8)
        self.decoder = Decoder(weights, placement, self.stop)
        stack.callback(self.decoder.close)

    def feed(self, sequence: int, position: int, tokens: tuple[int, ...], *edits: Cut | Copy | Shift) -> list[float]:
        """Evaluate, and return the logits behind the last token."""
        step = Step(edits=edits, feeds=(Feed(0, sequence, position, tokens, 1),))
        return [float(logit) for logit in self.decoder.apply(step)[0]]


@pytest.fixture
def made(smollm2: Path) -> Iterator[Made]:
    """Make a decoder."""
    with ExitStack() as stack:
        yield Made(smollm2, stack)


def test_its_room_is_what_was_asked_for(made: Made) -> None:
    room = made.decoder.room
    assert (room.cells, room.context, room.sequences, room.batch, room.outputs) == (256, 256, 4, 256, 8)
    assert room.cuts
    assert room.copies
    assert room.shifts


def test_a_copied_beginning_and_a_cut_end_are_as_good_as_read(made: Made) -> None:
    whole = made.feed(0, 0, TOKENS)
    made.feed(0, 40, (7, 8, 9))
    assert made.feed(0, 39, TOKENS[39:], Cut(0, 39)) == whole
    assert made.feed(1, 30, TOKENS[30:], Copy(0, 1, 30)) == whole
    # The other one is gone. The last token takes one of its cells, before others: a sum has another order.
    again = made.feed(1, 39, TOKENS[39:], Cut(0, 0), Cut(1, 39))
    assert max(abs(a - b) for a, b in zip(again, whole, strict=True)) < 1


def test_outputs_come_in_the_order_of_the_feeds(made: Made) -> None:
    alone = [made.feed(0, 0, TOKENS[:20]), made.feed(1, 0, TOKENS[20:])]
    made.decoder.apply(Step(edits=(Cut(0, 0), Cut(1, 0))))
    feeds = (
        Feed(2, 2, 0, TOKENS[:10], 0),
        Feed(0, 0, 0, TOKENS[:20], 2),
        Feed(1, 1, 0, TOKENS[20:], 1),
    )
    rows = made.decoder.apply(Step(feeds=feeds))
    assert rows.shape[0] == 3
    assert np.array_equal(rows[1:], np.array(alone, np.float32))


def test_a_shift_moves_what_stands_behind(made: Made) -> None:
    made.feed(0, 0, TOKENS)
    moved = made.feed(0, 30, (5,), Shift(0, 4, 10))
    read = made.feed(1, 0, (*TOKENS[:4], *TOKENS[14:], 5))
    assert max(abs(a - b) for a, b in zip(moved, read, strict=True)) < max(map(abs, read))
    assert moved != read  # the moved ones had looked at those that are gone


def test_too_many_tokens_for_the_cells(made: Made) -> None:
    made.decoder.apply(Step(feeds=(Feed(0, 0, 0, tuple(range(1000, 1250)), 0),)))
    with pytest.raises(NotEvaluated) as caught:
        made.feed(1, 0, TOKENS)
    assert (caught.value.full, caught.value.error, caught.value.lost) == (True, None, frozenset())
    assert made.feed(1, 0, TOKENS, Cut(0, 0))


def test_a_position_that_does_not_follow_is_refused_and_changes_nothing(made: Made) -> None:
    whole = made.feed(0, 0, TOKENS)
    with pytest.raises(NotEvaluated) as caught:
        made.feed(0, 60, TOKENS)
    assert isinstance(caught.value.error, EngineError)
    assert "refused to evaluate 40 tokens" in caught.value.error.message
    assert made.feed(0, 39, TOKENS[39:], Cut(0, 39)) == whole


def test_an_evaluation_that_is_stopped_changes_nothing(made: Made) -> None:
    whole = made.feed(0, 0, TOKENS)
    made.stop.set()
    with pytest.raises(NotEvaluated) as caught:
        made.feed(0, 40, TOKENS)
    assert (caught.value.full, caught.value.error, caught.value.lost) == (False, None, frozenset())
    made.stop.clear()
    assert made.feed(0, 39, TOKENS[39:], Cut(0, 39)) == whole


def test_what_follows_is_as_if_it_had_been_fed(made: Made) -> None:
    feeds = (Feed(0, 0, 0, TOKENS[:20], 1), Feed(1, 1, 0, TOKENS[20:], 1))
    made.decoder.apply(Step(feeds=feeds))
    fed = [
        made.decoder.apply(Step(feeds=(Feed(0, 0, 20 + n, (5,), 1), Feed(1, 1, 20 + n, (6,), 1)))).copy()
        for n in range(3)
    ]
    made.decoder.apply(Step(edits=(Cut(0, 20), Cut(1, 20))))
    made.decoder.apply(Step(feeds=(Feed(0, 0, 20, (5,), 1), Feed(1, 1, 20, (6,), 1))))
    assert np.array_equal(made.decoder.follow([5, 6]), fed[1])
    made.stop.set()
    with pytest.raises(NotEvaluated) as caught:
        made.decoder.follow([5, 6])
    made.stop.clear()
    assert (caught.value.full, caught.value.error, caught.value.lost) == (False, None, frozenset())
    again = made.decoder.apply(Step(feeds=(Feed(0, 0, 22, (5,), 1), Feed(1, 1, 22, (6,), 1))))
    assert np.array_equal(again, fed[2])  # the two before are still there


def test_what_would_end_the_process_never_reaches_llamacpp(made: Made) -> None:
    for feed in (Feed(0, 0, 0, tuple(range(1000, 1257)), 1), Feed(0, 0, 0, TOKENS, 9), Feed(0, 0, 0, (), 0)):
        with pytest.raises(ValueError, match="a step of"):
            made.decoder.apply(Step(feeds=(feed,)))
    assert made.feed(0, 0, TOKENS)

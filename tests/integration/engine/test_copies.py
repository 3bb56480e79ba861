"""Sequences that are saved in ordinary memory and restored, in one memory for all and in one for each."""

import mmap
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from olbuild.running.engine.decoder import Decoder
from olbuild.running.engine.outcome import NotEvaluated
from olbuild.running.placement import Placement
from olbuild.running.runtime import load_runtime
from olbuild.running.steps import Copy, Cut, Edit, Feed, Forget, Restore, Save, Step
from tests.integration.engine.asking import FRANCE, STORY, ask

PROMPT = tuple(range(1000, 1040))
READ = Step(feeds=(Feed(0, 0, 0, PROMPT, 1),))


def test_a_sequence_goes_on_in_another_one_as_it_would_have(decoder: Decoder) -> None:
    decoder.apply(READ)
    decoder.apply(Step(edits=(Save(0, 5),)))
    original = decoder.apply(Step(feeds=(Feed(0, 0, 40, (7,), 1),))).copy()
    for target in (2, 0):
        edits = (Cut(0, 0), Cut(2, 0), Restore(5, target, 40))
        restored = decoder.apply(Step(edits=edits, feeds=(Feed(1, target, 40, (7,), 1),)))
        np.testing.assert_allclose(restored, original, atol=1e-2)


def test_the_beginning_of_a_copy_is_restored(decoder: Decoder) -> None:
    decoder.apply(READ)
    edits: tuple[Edit, ...] = (Save(0, 5), Cut(0, 0))
    expected = decoder.apply(Step(edits=edits, feeds=(Feed(1, 1, 0, (*PROMPT[:20], 7), 1),))).copy()
    restored = decoder.apply(Step(edits=(Restore(5, 3, 20),), feeds=(Feed(2, 3, 20, (7,), 1),)))
    assert restored[0].argmax() == expected[0].argmax()
    np.testing.assert_allclose(restored, expected, atol=0.5)  # other kernels


def test_what_cannot_be_restored_is_lost_and_so_is_what_was_to_follow_from_it(decoder: Decoder) -> None:
    decoder.apply(READ)
    edits = (Save(0, 5), Forget(5), Restore(5, 1, 40), Copy(1, 2, 30), Save(1, 6), Restore(6, 3, 9), Cut(2, 0))
    with pytest.raises(NotEvaluated) as raised:
        decoder.apply(Step(edits=edits, feeds=(Feed(0, 0, 40, (7,), 1),)))
    assert (set(raised.value.lost), raised.value.full, raised.value.error) == ({1, 3}, False, None)
    logits = decoder.apply(Step(feeds=(Feed(1, 1, 0, PROMPT, 1), Feed(0, 0, 40, (7,), 1))))
    assert np.isfinite(logits).all()


def test_without_memory_there_is_no_copy(decoder: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> mmap.mmap:
        raise OSError(12, "Cannot allocate memory")

    decoder.apply(READ)
    monkeypatch.setattr(mmap, "mmap", refuse)
    with pytest.raises(NotEvaluated) as raised:
        decoder.apply(Step(edits=(Save(0, 5), Restore(5, 1, 40))))
    assert raised.value.lost == {1}


def test_a_conversation_is_put_back_after_another_one(smollm2: Path) -> None:
    """In a model with one sequence, where each one takes the place of the other."""
    story = STORY * 8
    placement = Placement(context=512, parallel=1, cells=512, saved=4096, batch=512, outputs=4, threads=1)
    with closing(load_runtime([smollm2], placement=placement)) as runtime:
        length = len(runtime.tokenize(story))
        first = ask(runtime, story, num_predict=16)
        ask(runtime, FRANCE * 8)
        again = ask(runtime, story, num_predict=16)
        assert (first[1].cached_tokens, again[1].cached_tokens) == (0, length - 1)
        assert again[0] == first[0]

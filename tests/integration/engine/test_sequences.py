"""Sequences that begin as copies of others, in one memory for all and in one for each."""

import numpy as np

from olbuild.running.engine.decoder import Decoder
from olbuild.running.steps import Copy, Cut, Feed, Step

PROMPT = tuple(range(1000, 1040))


def test_a_copy_goes_on_as_the_original_does(decoder: Decoder) -> None:
    decoder.apply(Step(feeds=(Feed(0, 0, 0, PROMPT, 1),)))
    original = decoder.apply(Step(feeds=(Feed(0, 0, 40, (7,), 1),))).copy()
    copied = decoder.apply(Step(edits=(Copy(0, 2, 40), Cut(0, 0)), feeds=(Feed(1, 2, 40, (7,), 1),)))
    np.testing.assert_allclose(copied, original, atol=1e-2)


def test_a_part_is_copied_and_goes_its_own_way(decoder: Decoder) -> None:
    decoder.apply(Step(feeds=(Feed(0, 0, 0, PROMPT, 1),)))
    both = decoder.apply(Step(edits=(Copy(0, 1, 20),), feeds=(Feed(0, 0, 40, (7,), 1), Feed(1, 1, 20, (7,), 1)))).copy()
    alone = decoder.apply(Step(edits=(Cut(2, 0),), feeds=(Feed(2, 2, 0, (*PROMPT[:20], 7), 1),)))
    assert alone[0].argmax() == both[1].argmax()
    assert np.abs(alone[0] - both[1]).max() < np.abs(both[0] - both[1]).max() / 4

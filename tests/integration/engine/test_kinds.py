"""What each kind of memory of llama.cpp can carry over: from sequence to sequence, through a copy, through growth.

Whatever is said to be there, the next token follows from it as from the same tokens read in a context of their own.
"""

import sys
from collections.abc import Iterator
from contextlib import closing
from typing import cast

import pytest

from olbuild.running.engine.decoder import Decoder
from olbuild.running.engine.outcome import NotEvaluated
from olbuild.running.steps import Copy, Cut, Edit, Feed, Restore, Save, Step
from tests.integration.engine.kinds import KINDS, STATES, TOLERANCE, WINDOW, Kind, Tiny, prompt, read

ONE, OTHER = prompt(60), prompt(60, 1)


@pytest.fixture(scope="module", params=KINDS)
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    with closing(Tiny(tmp_path_factory.mktemp("tiny"), cast("Kind", request.param))) as tiny:
        yield tiny


@pytest.fixture(params=[2048, 2047], ids=["one memory for each", "one memory for all"])
def decoder(request: pytest.FixtureRequest, tiny: Tiny) -> Iterator[Decoder]:
    with closing(tiny.decoder(cells=request.param)) as decoder:
        yield decoder


def _lost(decoder: Decoder, *edits: Edit) -> frozenset[int]:
    """Do edits; return which sequences are lost."""
    try:
        decoder.apply(Step(edits=edits))
    except NotEvaluated as failed:
        return failed.lost
    return frozenset()


def _goes_on(tiny: Tiny, decoder: Decoder, sequence: int, tokens: tuple[int, ...]) -> bool:
    """Whether a sequence goes on as if it had just these tokens."""
    return tiny.differs(read(decoder, sequence, (7,), len(tokens)), (*tokens, 7)) < TOLERANCE


def test_what_it_can_do_is_said(tiny: Tiny, decoder: Decoder) -> None:
    states, windows = tiny.kind in STATES, tiny.kind in {"windows", "short windows"}
    assert (decoder.room.cuts, decoder.room.copies) == (not states, not states)
    assert decoder.room.parts == (0 if states else WINDOW if windows else sys.maxsize)
    assert decoder.room.shifts == (tiny.kind not in {"short windows", "positions"})


def test_a_copy_is_put_back_as_a_whole(tiny: Tiny, decoder: Decoder) -> None:
    read(decoder, 0, ONE)
    assert not _lost(decoder, Save(0, 5), Cut(0, 0), Restore(5, 2, 60), Restore(5, 1, 60))
    read(decoder, 0, OTHER)
    assert _goes_on(tiny, decoder, 2, ONE)
    assert _goes_on(tiny, decoder, 1, ONE)
    assert _goes_on(tiny, decoder, 0, OTHER)


@pytest.mark.parametrize("length", [5, 30, 58])
def test_a_beginning_of_a_copy_is_right_or_lost(tiny: Tiny, decoder: Decoder, length: int) -> None:
    read(decoder, 0, ONE)
    lost = _lost(decoder, Save(0, 5), Restore(5, 1, length))
    assert bool(lost) == (decoder.room.parts < 60)
    assert lost or _goes_on(tiny, decoder, 1, ONE[:length])
    assert _goes_on(tiny, decoder, 0, ONE)


def test_a_short_copy_has_all_that_its_windows_want(tiny: Tiny, decoder: Decoder) -> None:
    read(decoder, 0, ONE[:WINDOW])
    lost = _lost(decoder, Save(0, 5), Restore(5, 1, 9))
    assert bool(lost) == (not decoder.room.parts)
    assert lost or _goes_on(tiny, decoder, 1, ONE[:9])


def test_what_was_put_back_cannot_be_cut_further_than_its_floor(tiny: Tiny, decoder: Decoder) -> None:
    read(decoder, 0, ONE)
    assert not _lost(decoder, Save(0, 5), Restore(5, 1, 60), Cut(0, 0))
    read(decoder, 1, OTHER[:20], 60)
    if not decoder.room.cuts:
        return
    floor = decoder.floors.get(1, 0)
    assert bool(floor) == (decoder.room.parts == WINDOW)
    for length in (70, floor or 30):
        assert not _lost(decoder, Cut(0, 0), Copy(1, 0, length))
        assert _goes_on(tiny, decoder, 0, (*ONE, *OTHER)[:length])
    if floor:
        assert _lost(decoder, Cut(0, 0), Copy(1, 0, floor - 1)) == {0, 1}  # both are read again
        assert read(decoder, 1, ONE).any()


def test_what_windows_have_lost_is_not_gone_back_to(tiny: Tiny, decoder: Decoder) -> None:
    """Short windows keep 256 tokens here; others are kept until another sequence needs their cells."""
    if not decoder.room.cuts:
        return
    tokens = prompt(400, 5)
    read(decoder, 0, tokens)
    for number in (1, 2, 3):
        read(decoder, number, prompt(400, number))
        assert not _lost(decoder, Cut(number, 0))
    floor = decoder.floors.get(0, 0)
    assert floor >= 140 if tiny.kind == "short windows" and decoder.room.cells == 2048 else floor <= 400
    assert not _lost(decoder, Cut(0, max(floor, 200)))
    assert _goes_on(tiny, decoder, 0, tokens[: max(floor, 200)])
    if decoder.floors.get(0, 0) > 20:
        assert _lost(decoder, Cut(0, 20)) == {0}
        assert _goes_on(tiny, decoder, 0, ())


@pytest.mark.parametrize("copied", [60, 30])
def test_a_copy_is_made_before_its_source_is_used_again(tiny: Tiny, decoder: Decoder, copied: int) -> None:
    """llama.cpp puts it off until it evaluates, and has nothing to copy from if something else was put there."""
    if not decoder.room.copies:
        return
    read(decoder, 1, OTHER)
    read(decoder, 0, ONE)
    lost = _lost(decoder, Save(1, 5), Cut(1, 0), Copy(0, 2, copied), Cut(0, 0), Restore(5, 0, 60))
    assert lost <= {0}
    assert _goes_on(tiny, decoder, 2, ONE[:copied])
    assert lost or _goes_on(tiny, decoder, 0, OTHER)


def test_a_copy_of_a_copy_is_right_or_lost(tiny: Tiny, decoder: Decoder) -> None:
    if not decoder.room.copies:
        return
    read(decoder, 0, ONE)
    lost = _lost(decoder, Copy(0, 1, 60), Save(1, 5), Cut(0, 0), Restore(5, 2, 60))
    assert _goes_on(tiny, decoder, 1, ONE)
    assert lost or _goes_on(tiny, decoder, 2, ONE)


def test_growth_carries_everything(tiny: Tiny) -> None:
    beginnings = [prompt(40 + 5 * number, number) for number in range(3)]
    with closing(tiny.decoder(parallel=16, first=4, cells=8192)) as decoder:
        for number, tokens in enumerate(beginnings):
            read(decoder, number, tokens)
        assert not _lost(decoder, Save(1, 5))
        lost = decoder.grow(5)
        assert decoder.room.sequences == 16
        if tiny.kind == "both and windows":  # llama.cpp does not say where the second memory of tokens ends
            assert lost == {0, 1, 2}
            assert _lost(decoder, Restore(5, 9, 45)) == {9}
            return
        assert not lost
        assert not _lost(decoder, Restore(5, 9, 45))
        assert _goes_on(tiny, decoder, 9, beginnings[1])
        if decoder.room.copies:
            assert not _lost(decoder, Copy(2, 10, 30))  # also what no window of it reaches any more
            assert _goes_on(tiny, decoder, 10, beginnings[2][:30])
        for number, tokens in enumerate(beginnings):
            assert _goes_on(tiny, decoder, number, tokens)


def test_a_copy_that_llama_cpp_has_put_off_is_not_carried(tiny: Tiny) -> None:
    with closing(tiny.decoder(parallel=16, first=4, cells=8192)) as decoder:
        if not decoder.room.copies:
            return
        read(decoder, 0, ONE)
        assert not _lost(decoder, Copy(0, 1, 30))
        assert decoder.grow(5) == {1}
        assert _goes_on(tiny, decoder, 0, ONE)
        assert _goes_on(tiny, decoder, 1, ())


def test_an_evaluation_that_is_aborted_leaves_nothing_wrong(tiny: Tiny, decoder: Decoder) -> None:
    """llama.cpp takes states for moved that were not, also those of sequences that it evaluated nothing for."""
    beginnings = [prompt(20 + number, number) for number in range(4)]
    for number in (2, 3, 0, 1):
        read(decoder, number, beginnings[number])
    tiny.stop.set()
    try:
        with pytest.raises(NotEvaluated) as raised:
            decoder.apply(Step(feeds=tuple(Feed(number, number, 20 + number, ONE[:15], 1) for number in (1, 2))))
    finally:
        tiny.stop.clear()
    for number, tokens in enumerate(beginnings):
        assert _goes_on(tiny, decoder, number, () if number in raised.value.lost else tokens)
    assert decoder._cache.states or not raised.value.lost

"""Guesses that are looked up, and how far they are trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.core.errors import EngineError
from olbuild.running.runtime.drafting import check_vocabularies
from olbuild.running.runtime.guessing import Lookup, Trust, Wanted


@given(st.lists(st.integers(0, 3), max_size=60), st.integers(1, 8))
def test_a_guess_is_what_followed_the_last_three_tokens_the_last_time(history: list[int], most: int) -> None:
    lookup = Lookup()
    for length in range(len(history) + 1):
        so_far = history[:length]
        guess = lookup.guess({7: Wanted(so_far, most)}).get(7, ())
        places = [end for end in range(3, length) if so_far[end - 3 : end] == so_far[-3:]]
        expected = tuple(so_far[places[-1] : places[-1] + most]) if places else ()
        assert guess == expected


def test_requests_are_kept_apart_and_forgotten() -> None:
    lookup = Lookup()
    assert lookup.guess({1: Wanted([1, 2, 3, 4, 1, 2, 3], 2), 2: Wanted([1, 2, 3], 2)}) == {1: (4, 1)}
    lookup.forget(1)
    lookup.forget(1)
    assert lookup.guess({1: Wanted([1, 2, 3], 2)}) == {}


def test_trust_is_lost_and_comes_back() -> None:
    trust = Trust(8)
    widths = []
    for _ in range(4):
        widths.append(trust.width)
        trust.learn(trust.width, 0)
    assert widths == [8, 4, 2, 1]
    rested = 0
    while not trust.width:
        trust.learn(0, 0)
        rested += 1
    assert rested == 16
    for _ in range(5):
        trust.learn(trust.width, trust.width)
    assert trust.width == 8
    trust.learn(8, 3)
    assert trust.width == 8


def test_no_trust_is_never_any() -> None:
    trust = Trust(0)
    trust.learn(0, 0)
    assert trust.width == 0


class Tokens:
    """A vocabulary of numbers."""

    def __init__(self, size: int, *, first: int = 0, eos: str = "</s>") -> None:
        """Begin to count somewhere."""
        self.size, self.eos, self._first = size, eos, first

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token."""
        return str(self._first + token).encode()


def test_a_draft_must_have_the_vocabulary_of_the_model() -> None:
    check_vocabularies(Tokens(1000), Tokens(1064))
    for other in (Tokens(1200), Tokens(1000, first=1), Tokens(1000, eos="<end>")):
        with pytest.raises(EngineError, match="another vocabulary"):
            check_vocabularies(Tokens(1000), other)

"""Text is released whole: no part of a character, nothing of a stop text, and nothing is lost."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.running.engine.text import TextStream

LETTERS = st.text(alphabet="ab☃", max_size=30)
STOPS = st.lists(st.text(alphabet="ab☃", min_size=1, max_size=4), max_size=3)


def _cut(data: bytes, cuts: list[int]) -> list[bytes]:
    borders = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(borders)]


def _expected(text: str, stops: list[str]) -> str:
    """Cut a text before the stop text that is complete first; of those that end together, before the longest."""
    found = [(text.find(stop) + len(stop), text.find(stop)) for stop in stops if stop in text]
    return text[: min(found)[1]] if found else text


@given(LETTERS, STOPS, st.lists(st.integers(min_value=0)))
def test_however_the_bytes_are_cut_the_text_is_the_same(text: str, stops: list[str], cuts: list[int]) -> None:
    stream = TextStream(stops)
    shown = [stream.feed(part) for part in _cut(text.encode(), cuts)]
    assert "".join([*shown, stream.finish()]) == _expected(text, stops)
    assert stream.stopped == any(stop in text for stop in stops)


@given(LETTERS, STOPS, st.lists(st.integers(min_value=0)))
def test_what_is_shown_never_has_to_be_taken_back(text: str, stops: list[str], cuts: list[int]) -> None:
    stream, shown = TextStream(stops), ""
    for part in _cut(text.encode(), cuts):
        shown += stream.feed(part)
        assert _expected(text, stops).startswith(shown)


@given(st.binary(max_size=60), st.lists(st.integers(min_value=0)))
def test_bytes_that_are_no_text_are_replaced(data: bytes, cuts: list[int]) -> None:
    stream = TextStream()
    shown = [stream.feed(part) for part in _cut(data, cuts)]
    assert "".join([*shown, stream.finish()]) == data.decode("utf-8", errors="replace")


def test_a_character_in_four_tokens_is_held_back() -> None:
    stream = TextStream()
    assert [stream.feed(bytes([byte])) for byte in "😀".encode()] == ["", "", "", "😀"]


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        (["The cap", "ital of Fr", "ance"], ["The", "", ""]),
        (["The cap", "acity"], ["The", " capacity"]),
        (["END"], ["END"]),
    ],
)
def test_what_may_begin_a_stop_text_waits(parts: list[str], shown: list[str]) -> None:
    stream = TextStream([" capital"])
    assert [stream.feed(part.encode()) for part in parts] == shown


def test_nothing_follows_a_stop_text() -> None:
    stream = TextStream(["\n"])
    assert stream.feed(b"one\ntwo") == "one"
    assert (stream.feed(b"three"), stream.finish()) == ("", "")

"""Lines that are broken between words, however the text comes."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.cli.talking.wrapping import Wrapping
from olbuild.core.text import cells


def wrapped(text: str, width: int, parts: int = 1) -> str:
    wrapping = Wrapping(lambda: width)
    size = max(1, len(text) // parts)
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    return "".join(map(wrapping.take, pieces)) + wrapping.end()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one two three", "one two\nthree"),
        ("1234567 90 x", "1234567 90\nx"),
        ("12345678 90", "12345678\n90"),
        ("a\n  - b c d e f g", "a\n  - b c d\ne f g"),
        ("http://a.long.address is one word", "http://a.long.address\nis one\nword"),
        ("日本語日本語", "日本語日本\n語"),
        ("a日本語日本語", "a日本語日\n本語"),
        ("123456789\N{COMBINING ACUTE ACCENT}0", "123456789\N{COMBINING ACUTE ACCENT}0"),
        ("```\nleave this as it is\n```\nand break this", "```\nleave this as it is\n```\nand break\nthis"),
        ("a\tb\tc", "a\tb\nc"),
        ("ends in blanks   \n", "ends in\nblanks   \n"),
        ("", ""),
    ],
)
def test_lines_of_ten_cells(text: str, shown: str) -> None:
    assert wrapped(text, 10) == shown
    assert wrapped(text, 10, parts=100) == shown


def test_a_family_stays_together() -> None:
    family = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
    assert wrapped(f"1234567{family}", 10) == f"1234567\n{family}"


def test_a_word_is_shown_when_it_is_whole() -> None:
    wrapping = Wrapping(lambda: 10)
    assert [wrapping.take(part) for part in ("on", "e t", "wo\n", "th")] == ["", "one", " two\n", ""]
    assert wrapping.end() == "th"


_TEXTS = st.text(st.sampled_from("ab \n日\N{COMBINING ACUTE ACCENT}"), max_size=80)


@given(_TEXTS, st.integers(4, 20), st.integers(1, 80))
def test_only_blanks_change_and_no_line_is_too_long(text: str, width: int, parts: int) -> None:
    shown = wrapped(text, width, parts)
    assert shown == wrapped(text, width)
    assert "".join(shown.split()) == "".join(text.split())
    # A line goes beyond the edge with its blanks, which nobody sees, with its only word, or with one that fits nowhere.
    lines = [(cells(line.rstrip()), [*filter(None, map(cells, line.split()))]) for line in shown.split("\n")]
    assert all(size <= width or len(words) == 1 or words[-1] > width for size, words in lines)


@given(st.lists(st.text("ab", min_size=1, max_size=9), max_size=20))
def test_words_are_broken_as_the_library_breaks_them(words: list[str]) -> None:
    text = " ".join(words)
    assert wrapped(text, 10).split("\n") == (textwrap.wrap(text, 10) or [""])

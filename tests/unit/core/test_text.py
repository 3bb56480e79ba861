"""Positions in a text, and how a diagnostic is drawn."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.core.text import Diagnostic, Source, Span


@given(st.text(alphabet="ab\r\n"))
def test_lines_are_counted_as_an_editor_counts(text: str) -> None:
    source = Source("f", text)
    lines = re.split("\r\n|\r|\n", text)
    assert [source.line(number + 1) for number in range(len(source.line_starts()))] == lines
    for offset in range(len(text)):
        line, column = source.position(offset)
        assert source.line_starts()[line - 1] + column - 1 == offset


def draw(text: str, start: int, end: int, hint: str | None = None) -> str:
    source = Source("Modelfile", text)
    return Diagnostic(code="OLB100", message="what", span=Span(source, start, end), hint=hint).render()


def test_the_caret_stands_under_the_span() -> None:
    assert draw("FROM x\nPARAMETER temprature 1\n", 17, 27, "did you mean temperature?") == (
        "Modelfile:2:11: error[OLB100]: what\n"
        "  2 | PARAMETER temprature 1\n"
        "    |           ^^^^^^^^^^\n"
        "  hint: did you mean temperature?"
    )


@pytest.mark.parametrize(
    ("text", "start", "caret"),
    [
        pytest.param("a\tb", 2, "     ^", id="a tab is four cells"),
        pytest.param("界界x", 2, "    ^", id="wide characters take two cells"),
        pytest.param("e\u0301x", 2, " ^", id="combining marks take none"),
        pytest.param("", 0, "^", id="an empty line still has a caret"),
        pytest.param("abc", 3, "   ^", id="at the end of the text"),
    ],
)
def test_cells_not_characters(text: str, start: int, caret: str) -> None:
    assert draw(text, start, start + 1).splitlines()[-1] == "    | " + caret


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in draw("\x1b[31mred\u202e", 0, 3)


def test_a_long_line_is_shown_around_the_caret() -> None:
    drawn = draw("x" * 10_000 + "HERE" + "y" * 10_000, 10_000, 10_004)
    assert "HERE" in drawn
    assert all(len(line) < 180 for line in drawn.splitlines())

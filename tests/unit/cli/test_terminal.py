"""What may go to a terminal."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.cli.terminal import cut, emphasize, is_terminal, pad, wants_colour
from olbuild.core.text import cells


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_closed_or_missing_stream_is_no_terminal() -> None:
    stream = io.StringIO()
    stream.close()
    assert not is_terminal(stream)
    assert not is_terminal(None)


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_who_wants_colour(variables: dict[str, str], *, wanted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert wants_colour(Terminal()) == wanted
    assert not wants_colour(io.StringIO())


@given(st.text(st.characters(categories=("L", "N", "P", "Mn"))), st.integers(0, 60))
def test_cut_keeps_to_its_width(text: str, width: int) -> None:
    assert cells(cut(text, width)) <= width
    if cells(text) <= width:
        assert cut(text, width) == text
        assert cells(pad(text, width)) == width


def test_cut_keeps_both_ends() -> None:
    assert cut("model-00001-of-00002.gguf", 13) == "model-…2.gguf"


@pytest.mark.parametrize(
    "line", ["warning: x", "  hint: do this", "    |   ^^^", "Modelfile:1:2: error[OLB101]: what", "an ordinary line"]
)
def test_without_colour_a_line_stays_as_it_is(line: str) -> None:
    assert emphasize(line, colour=False) == line

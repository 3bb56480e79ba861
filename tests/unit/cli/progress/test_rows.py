"""Rows of bars fit any terminal."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.cli.progress.ledger import Work
from olbuild.cli.progress.rows import draw, lay_out
from olbuild.core.text import cells


def row(label: str, width: int, done: int = 500, total: int | None = 1000) -> str:
    work = Work(label=label, total=total, begun=0.0)
    work.advance(done, 1.0)
    drawn = draw(work, lay_out([work], width), 1.0)
    bar = f" {'=' * drawn.full}{'-' * drawn.empty}" if drawn.full + drawn.empty else ""
    return f"{drawn.label}{bar}{' ' if drawn.figures else ''}{drawn.figures}"


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (80, "model.gguf =============--------------  50%     500 B/1.00 kB   500 B/s    1.0 s"),
        (60, "model.gguf ========---------  50%     500 B/1.00 kB    1.0 s"),
        (50, "model.gguf =======--------  50%   500 B/s    1.0 s"),
        (40, "model.gguf =======--------  50%    1.0 s"),
        (20, "model.gguf  50%"),
        (8, "mod…gguf"),
    ],
)
def test_the_less_important_goes_first(width: int, expected: str) -> None:
    assert row("model.gguf", width) == expected


def test_without_a_total_there_is_no_percentage() -> None:
    assert "%" not in row("x", 80, total=None)
    assert "500 B" in row("x", 80, total=None)


@given(st.text(), st.integers(1, 200), st.integers(0, 10**13), st.none() | st.integers(0, 10**13))
def test_no_row_is_wider_than_the_terminal_or_holds_control_characters(
    label: str, width: int, done: int, total: int | None
) -> None:
    drawn = row(label, width, done, total)
    assert cells(drawn) <= width
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", drawn)

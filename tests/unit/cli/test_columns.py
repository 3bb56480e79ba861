"""Tables: aligned, whole where nobody looks, and never wider than a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from olbuild.cli.columns import pairs, table
from olbuild.core.text import cells

HEADERS = ("NAME", "DIGEST", "SIZE")
ROWS = [("me/assistant:latest", "b179c9523d0e", "98.4 MB"), ("ghcr.io/somebody/something-long:v1", "0123", "1 B")]


def test_columns_are_aligned_and_nothing_is_cut_without_a_terminal() -> None:
    assert table(HEADERS, ROWS, None) == [
        "NAME                                 DIGEST         SIZE",
        "me/assistant:latest                  b179c9523d0e   98.4 MB",
        "ghcr.io/somebody/something-long:v1   0123           1 B",
    ]


def test_in_a_narrow_terminal_columns_go_before_names() -> None:
    assert table(HEADERS, ROWS, 60)[1:] == [
        "me/assistant:latest                  b179c9523d0e   98.4 MB",
        "ghcr.io/somebody/something-long:v1   0123           1 B",
    ]
    assert table(HEADERS, ROWS, 50)[0].split() == ["NAME", "DIGEST"]
    assert table(HEADERS, ROWS, 40)[2] == "ghcr.io/somebody/something-long:v1"


def test_a_name_that_is_too_long_keeps_both_ends() -> None:
    assert table(HEADERS, ROWS, 20)[2] == "ghcr.io/s…ng-long:v1"


def test_a_name_cannot_move_the_cursor() -> None:
    hostile = "evil\x1b[2J\nname\u202e"
    lines = table(HEADERS, [(hostile, "", "")], None)
    assert len(lines) == 2
    assert "\x1b" not in lines[1]
    assert "\u202e" not in lines[1]


@given(st.lists(st.tuples(st.text(), st.text(), st.text())), st.integers(1, 200))
def test_no_line_is_wider_than_the_terminal(rows: list[tuple[str, str, str]], width: int) -> None:
    lines = table(HEADERS, rows, width)
    assert len(lines) == len(rows) + 1
    assert all(cells(line) <= width for line in lines)


def test_a_long_value_goes_on_below_itself() -> None:
    assert pairs([("Name", "x"), ("System", "one two three four five")], 24) == [
        "Name     x",
        "System   one two three",
        "         four five",
    ]
    assert pairs([("System", "one two three four five")], None) == ["System   one two three four five"]


def test_a_name_may_be_shortened_so_that_all_columns_stay() -> None:
    lines = table(HEADERS, ROWS, 40, least=8)
    assert lines[0].split() == list(HEADERS)
    assert lines[2].startswith("ghcr.")
    assert lines[2].endswith("0123           1 B")
    assert max(map(cells, lines)) <= 40

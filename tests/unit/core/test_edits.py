"""Edits of a text, applied all at once; of two fixes that touch, the first wins."""

import pytest

from olbuild.core.text import Edit, Fix, apply, compatible


def fix(*edits: Edit) -> Fix:
    return Fix(title="a", edits=edits)


def test_offsets_are_those_of_the_text_before_any_edit() -> None:
    assert apply("abcdef", [fix(Edit(0, 1, "AAA"), Edit(4, 6, "")), fix(Edit(2, 2, "-"))]) == "AAAb-cd"


@pytest.mark.parametrize("edits", [(Edit(0, 3, "x"), Edit(2, 4, "y")), (Edit(3, 9, ""),), (Edit(-1, 0, ""),)])
def test_edits_that_overlap_or_lie_outside_are_refused(edits: tuple[Edit, ...]) -> None:
    with pytest.raises(ValueError, match="the edit of"):
        apply("abcdef", [fix(*edits)])


def test_of_fixes_that_touch_the_first_is_kept_whole() -> None:
    first, second, third = (
        fix(Edit(0, 1, "x"), Edit(5, 6, "x")),
        fix(Edit(3, 4, "y"), Edit(6, 7, "y")),
        fix(Edit(2, 3, "z")),
    )
    assert compatible([first, second, third]) == (first, third)

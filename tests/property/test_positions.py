"""Laws of positions: they are those of the encoded lines, there and back, and an edit is the edited text."""

import re

from hypothesis import given
from hypothesis import strategies as st

from olbuild.editor.text.positions import Encoding, Positions

TEXTS = st.text(st.sampled_from("ab\r\n\t é€中\u2028\x0c\x85\U0001f600\U00010000\ufeff"), max_size=40)
ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-32"])
WIDTH = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
CODEC = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}


def lines(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text)


def units(text: str, encoding: str) -> int:
    return len(text.encode(CODEC[encoding])) // WIDTH[encoding]


@given(TEXTS, ENCODINGS)
def test_a_position_is_a_line_and_the_units_before_it(text: str, encoding: Encoding) -> None:
    positions = Positions(text, encoding)
    for offset in range(len(text) + 1):
        line, character = positions.position(offset)
        if text[offset - 1 : offset + 1] == "\r\n":
            assert positions.position(offset - 1) == (line, character)
            continue
        before = lines(text[:offset])
        assert (line, character) == (len(before) - 1, units(before[-1], encoding))
        assert positions.offset((line, character)) == offset


@given(TEXTS, ENCODINGS, st.integers(0, 9), st.integers(0, 30))
def test_every_position_has_an_offset_in_its_line(text: str, encoding: Encoding, line: int, character: int) -> None:
    positions = Positions(text, encoding)
    offset = positions.offset((line, character))
    split = lines(text)
    if line >= len(split):
        assert offset == len(text)
        return
    found, at = positions.position(offset)
    assert found == line
    assert at <= character
    rest = split[line].encode(CODEC[encoding])[at * WIDTH[encoding] :].decode(CODEC[encoding])
    assert not rest or at + units(rest[0], encoding) > character


@given(TEXTS, TEXTS, ENCODINGS, st.data())
def test_an_edit_is_the_edited_text(text: str, new: str, encoding: Encoding, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    before = Positions(text, encoding)
    if any(text[each - 1 : each + 1] == "\r\n" for each in (start, end)):
        return  # no position lies between CR and LF
    edited = before.edited(start, end, new)
    expected = Positions(text[:start] + new + text[end:], encoding)
    assert edited.text == expected.text
    assert edited.starts == expected.starts

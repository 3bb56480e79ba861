"""The law that no part of an answer is lost, whatever its parser made of it."""

from collections.abc import Iterable, Sequence

from olbuild.running.chat.parsing import Called, Parsed
from tests.property.parsing_writers import BLANKS, Writer


def nothing_is_lost(text: str, parts: Sequence[Parsed], writer: Writer) -> None:
    """Hold that texts come in their order, and that between them is nothing but marks, blanks and calls.

    Within a text may be marks that never are text, and what its family drops, where the answer went on otherwise than
    thought. (As an expression, this took a minute to compile for the beginnings of one answer.)
    """
    marks = _those_in(text, (*(writer.think or ()), *writer.never))
    dropped = _those_in(text, (*writer.dropped, *writer.never))
    places = _behind_gaps(text, {0}, marks)  # where the next part may begin
    for part in parts:
        if isinstance(part, Called):
            places = set(range(min(places) + 1, len(text) + 1))
        else:
            for index, each in enumerate(part.text if dropped else [part.text]):
                if index:
                    places = _behind_dropped(text, places, dropped)
                places = {place + len(each) for place in places if text.startswith(each, place)}
            places = _behind_gaps(text, places, marks)
        assert places, (text, parts)
    assert len(text) in places, (text, parts)


def _those_in(text: str, marks: Iterable[str]) -> list[str]:
    return [mark.strip() for mark in marks if mark.strip() in text]


def _behind_gaps(text: str, places: set[int], marks: Sequence[str]) -> set[int]:
    """Return where one is behind any number of blanks and marks."""
    found: set[int] = set()
    ahead = set(places)
    while ahead:
        found |= ahead
        ahead = {
            place + len(gap) for place in ahead for gap in (*BLANKS, *marks) if text.startswith(gap, place)
        } - found
    return found


def _behind_dropped(text: str, places: set[int], dropped: Sequence[str]) -> set[int]:
    """Return where one is behind each of some marks, in their order, with blanks around it, or without it."""
    for mark in dropped:
        before = _behind_gaps(text, places, ())
        behind = {place + len(mark) for place in before if text.startswith(mark, place)}
        places = places | _behind_gaps(text, behind, ())
    return places

"""What Ollama's parser sees of a text: everything but the unprintable characters, with the way back to the source."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from olbuild.language.modelfile.printable import is_printable

_LAYOUT = frozenset("\t\n\r")


@dataclass(frozen=True, slots=True)
class Visible:
    """A text without its unprintable characters (tab, CR and LF stay), and where those stood.

    ``dropped`` holds their offsets in the original text, ascending.
    """

    text: str
    dropped: list[int] = field(repr=False)
    _shifts: list[int] = field(repr=False)

    def original(self, offset: int) -> int:
        """Return the offset in the original text of the character that stands at ``offset`` in this one."""
        return offset + bisect_right(self._shifts, offset)

    def range(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open range of the original text that a half-open range of this one covers."""
        if start == end:
            return (self.original(start),) * 2
        return self.original(start), self.original(end - 1) + 1

    def dropped_between(self, start: int, end: int) -> list[int]:
        """Return the dropped offsets in a half-open range of the original text."""
        return self.dropped[bisect_left(self.dropped, start) : bisect_left(self.dropped, end)]


def visible(text: str) -> Visible:
    """Remove the unprintable characters of a text. Time and memory are linear in its size."""
    hidden = {character for character in set(text) if character not in _LAYOUT and not is_printable(character)}
    if not hidden:
        return Visible(text, [], [])
    dropped = [offset for offset, character in enumerate(text) if character in hidden]
    kept = text.translate(dict.fromkeys(map(ord, hidden)))
    return Visible(kept, dropped, [offset - index for index, offset in enumerate(dropped)])

"""From offsets in characters to positions of the protocol, and back, in each of its three encodings.

A position is a line, counted from 0, and a character in it, counted in code units: UTF-16 unless client and server
agree on another encoding. CRLF, LF and a lone CR end a line, and nothing else does.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import Literal, TypeAlias

Encoding: TypeAlias = Literal["utf-8", "utf-16", "utf-32"]
Position: TypeAlias = tuple[int, int]

_LINE_END = re.compile(r"\r\n|\r|\n")
# Characters that take one more unit than those before: of UTF-8 from three places on, of UTF-16 from one.
_WIDER = {
    "utf-8": ("[\u0080-\U0010ffff]", "[\u0800-\U0010ffff]", "[\U00010000-\U0010ffff]"),
    "utf-16": ("[\U00010000-\U0010ffff]",),
    "utf-32": (),
}


class Positions:
    """The positions of one text. What they need is computed when it is first asked for."""

    def __init__(self, text: str, encoding: Encoding, starts: list[int] | None = None) -> None:
        """Know a text; ``starts`` are the offsets of its lines, if they are known already."""
        self.text = text
        self.encoding = encoding
        self._starts = starts
        self._wide: list[list[int]] | None = None

    @property
    def starts(self) -> list[int]:
        """The offset of the first character of each line."""
        if self._starts is None:
            self._starts = [0, *(match.end() for match in _LINE_END.finditer(self.text))]
        return self._starts

    def line_of(self, offset: int) -> int:
        """Return the line of an offset."""
        return bisect_right(self.starts, offset) - 1

    def line_end(self, line: int) -> int:
        """Return the offset at which a line ends, before what ends it."""
        if line + 1 >= len(self.starts):
            return len(self.text)
        end = self.starts[line + 1] - 1
        return end - 1 if self.text[end] == "\n" and end > self.starts[line] and self.text[end - 1] == "\r" else end

    def position(self, offset: int) -> Position:
        """Return the position of an offset; one between CR and LF is before the CR."""
        line = self.line_of(min(max(offset, 0), len(self.text)))
        start = self.starts[line]
        end = min(max(offset, start), self.line_end(line))
        return line, self._units(start, end)

    def offset(self, position: Position) -> int:
        """Return the offset of a position. One behind the end of a line or of the text is that end.

        A position inside of a character is before it.
        """
        line, character = position
        if line >= len(self.starts):
            return len(self.text)
        if line < 0:
            return 0
        start, end = self.starts[line], self.line_end(line)
        if not any(self.wide):
            return min(start + max(character, 0), end)
        low, high = start, end
        while low < high:  # the last offset with no more units than asked for
            middle = (low + high + 1) // 2
            if self._units(start, middle) <= character:
                low = middle
            else:
                high = middle - 1
        return low

    def edited(self, start: int, end: int, new: str) -> Positions:
        """Return the positions of the text with ``[start, end)`` replaced. Only lines around the edit are read."""
        text = self.text[:start] + new + self.text[end:]
        first = max(self.line_of(start) - 1, 0)  # a line before, because CR and LF can meet
        last = self.line_of(end) + 1
        shift = len(new) - (end - start)
        begin = self.starts[first]
        rest = self.starts[last:]
        until = rest[0] + shift if rest else len(text)
        between = [match.end() for match in _LINE_END.finditer(text, begin, until)]
        if rest:
            between = between[:-1]  # the end of the last of these lines begins the rest
        starts = [*self.starts[: first + 1], *between, *(each + shift for each in rest)]
        return Positions(text, self.encoding, starts)

    @property
    def wide(self) -> list[list[int]]:
        """The offsets of characters that take more units than one, a list for each further unit."""
        if self._wide is None:
            plain = self.text.isascii()
            self._wide = [
                [] if plain else [match.start() for match in re.finditer(pattern, self.text)]
                for pattern in _WIDER[self.encoding]
            ]
        return self._wide

    def _units(self, start: int, end: int) -> int:
        """Return how many units ``[start, end)`` takes."""
        return end - start + sum(bisect_left(each, end) - bisect_left(each, start) for each in self.wide)

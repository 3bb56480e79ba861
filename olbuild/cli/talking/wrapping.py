"""Lines of an answer broken between words, while the answer comes."""

from __future__ import annotations

import re
from collections.abc import Callable

from olbuild.core.text import cells

_PIECES = re.compile(r"\n|[^\S\n]+|\S+")
_JOINER = "\N{ZERO WIDTH JOINER}"
_TAB = 8
_WIDE = 2  # cells
_FENCE = "```"


class Wrapping:
    """Breaks lines that are longer than a terminal is wide, where the terminal would break them in a word.

    A word is kept back until it is whole. What does not fit into any line is left to the terminal, and so are lines
    between the fences of Markdown: a program must not change by being shown.
    """

    def __init__(self, width: Callable[[], int]) -> None:
        """Begin at the left edge; ``width`` says how many cells the terminal has now."""
        self._width = width
        self._column = 0
        self._blanks = ""  # between the last word and the next one
        self._word = ""
        self._line = ""  # its beginning, which may be a fence
        self._fenced = False

    def take(self, text: str) -> str:
        """Return what can be shown once more text has come."""
        return "".join(map(self._piece, _PIECES.findall(text)))

    def end(self) -> str:
        """Return the rest."""
        return self._placed() + self._between()

    def _piece(self, piece: str) -> str:
        if piece == "\n":
            shown = f"{self.end()}\n"
            self._fenced ^= self._line.startswith(_FENCE)
            self._column, self._line = 0, ""
            return shown
        if piece.isspace():
            shown = self._placed()
            self._blanks += piece
            return shown
        if len(self._line) < len(_FENCE):
            self._line += piece
        return "".join(map(self._character, piece))

    def _character(self, character: str) -> str:
        """Return what can be shown: a line may be broken on both sides of a wide character, as in Chinese."""
        shown = ""
        joined = _JOINER in {character, self._word[-1:]} or cells(character) == 0
        if self._word and not joined and _WIDE in {cells(character), cells(self._word[0])}:
            shown = self._placed()
        self._word += character
        return shown

    def _placed(self) -> str:
        """Return the word with what stands before it: blanks, or the end of the line."""
        if not self._word:
            return ""
        size, width = cells(self._word), self._width()
        blanks = self._after(self._blanks) - self._column
        broken = self._column and not self._fenced and self._column + blanks + size > width >= size
        if broken:
            self._column, self._blanks = 0, ""
        shown = ("\n" if broken else self._between()) + self._word
        self._column += size
        self._word = ""
        return shown

    def _between(self) -> str:
        self._column, shown = self._after(self._blanks), self._blanks
        self._blanks = ""
        return shown

    def _after(self, blanks: str) -> int:
        """Return the column behind blanks."""
        column = self._column
        for blank in blanks:
            column += _TAB - column % _TAB if blank == "\t" else 1
        return column

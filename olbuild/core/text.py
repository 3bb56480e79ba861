"""Text with positions: a source, a span in it, a diagnostic, the one renderer that draws the caret, and edits."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from olbuild.core.records import Frozen

Severity = Literal["error", "warning", "note"]

LARGEST_TEXT = 64 << 20
"""The largest text that is read, in bytes: a Modelfile, a prompt, a text of an artifact."""

_TAB_WIDTH = 4
_WIDEST_LINE = 160  # a longer source line is shown as a window around the caret


@dataclass(frozen=True, slots=True)
class Source:
    """A decoded text and the name it is shown under.

    Lines are counted as an editor counts them: CRLF, LF and a lone CR each end one line.
    """

    name: str
    text: str
    _starts: list[int] = field(default_factory=list, repr=False, compare=False)

    def line_starts(self) -> list[int]:
        """Return the offset of the first character of each line; computed once."""
        if not self._starts:
            starts = [0]
            position, text = 0, self.text
            size = len(text)
            while position < size:
                newline = text.find("\n", position)
                newline = size if newline < 0 else newline
                carriage = text.find("\r", position, newline)
                while carriage >= 0:
                    if carriage + 1 != newline or newline == size:
                        starts.append(carriage + 1)
                    carriage = text.find("\r", carriage + 1, newline)
                if newline < size:
                    starts.append(newline + 1)
                position = newline + 1
            self._starts.extend(starts)
        return self._starts

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of an offset, both counted from 1, columns in characters."""
        starts = self.line_starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return the text of a line (counted from 1) without its line ending."""
        starts = self.line_starts()
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


class Span(Frozen):
    """A half-open range of character offsets ``[start, end)`` in a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """The characters the span covers."""
        return self.source.text[self.start : self.end]


class Diagnostic(Frozen, kw_only=True):
    """One finding about a text: a stable code, a message, a place, and what to do.

    ``code`` has the form ``OLB`` and three digits; ``docs/errors.md`` lists every one.
    """

    code: str
    message: str
    span: Span
    hint: str | None = None
    severity: Severity = "error"

    @property
    def source(self) -> Source:
        """The source the finding is about."""
        return self.span.source

    @property
    def is_error(self) -> bool:
        """Whether the finding stops the work."""
        return self.severity == "error"

    def render(self) -> str:
        """Draw the diagnostic: position line, source line, caret line, hint line.

        ::

            Modelfile:7:11: error[OLB102]: unknown parameter "temprature"
              7 | PARAMETER temprature 0.7
                |           ^^^^^^^^^^
              hint: did you mean "temperature"?
        """
        line, column = self.source.position(self.span.start)
        head = f"{self.source.name}:{line}:{column}: {self.severity}[{self.code}]: {self.message}"
        number = str(line)
        gutter = " " * len(number)
        shown, blank, caret = _window(self.source.line(line), column - 1, self.span.end - self.span.start)
        lines = [head, f"  {number} | {shown}".rstrip(), f"  {gutter} | {blank}{caret}"]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)


def _window(line: str, start: int, size: int) -> tuple[str, str, str]:
    """Return the part of a line to show, the blanks before the caret, and the caret itself, in terminal cells."""
    offset = max(0, start - _WIDEST_LINE // 2) if len(line) > _WIDEST_LINE else 0
    shown = line[offset : offset + _WIDEST_LINE]
    start -= offset
    size = max(1, min(size, len(shown) - start))
    before, under = printable(shown[:start]), printable(shown[start : start + size])
    prefix = "…" if offset else ""
    suffix = "…" if offset + _WIDEST_LINE < len(line) else ""
    return (
        prefix + printable(shown) + suffix,
        " " * (cells(before) + len(prefix)),
        "^" * max(1, cells(under)),
    )


def printable(text: str) -> str:
    """Replace tabs by blanks and control characters by a visible mark, so that nothing can move the cursor."""
    return "".join(
        " " * _TAB_WIDTH
        if character == "\t"
        else "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Cs"}
        else character
        for character in text
    )


def cells(text: str) -> int:
    """Return how many terminal cells a printable text takes."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


class Edit(Frozen, order=True):
    """Replace the characters ``[start, end)`` of a text by another text. An insertion has an empty range."""

    start: int
    end: int
    text: str


class Fix(Frozen, kw_only=True):
    """Edits that belong together: all of them or none. ``title`` says in the imperative what they do."""

    title: str
    edits: tuple[Edit, ...]


def compatible(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """Return the fixes that can be applied at once: of two whose edits touch each other, the one that comes first."""
    taken: list[Edit] = []  # sorted, and apart from each other, so that only the neighbours of a new one matter
    kept: list[Fix] = []
    for fix in fixes:
        if not any(_touches(edit, taken) for edit in fix.edits):
            kept.append(fix)
            for edit in fix.edits:
                insort(taken, edit)
    return tuple(kept)


def _touches(edit: Edit, taken: list[Edit]) -> bool:
    index = bisect_right(taken, edit)
    return any(edit.start <= other.end and other.start <= edit.end for other in taken[max(0, index - 1) : index + 1])


def apply(text: str, fixes: Iterable[Fix]) -> str:
    """Return the text with all edits of all fixes in it; every offset is one of the text that is given.

    Raises:
        ValueError: if edits overlap or lie outside of the text.
    """
    parts: list[str] = []
    after = 0
    for edit in sorted(edit for fix in fixes for edit in fix.edits):
        if not after <= edit.start <= edit.end <= len(text):
            raise ValueError(f"the edit of [{edit.start}, {edit.end}) overlaps another one, or the end of the text")
        parts += [text[after : edit.start], edit.text]
        after = edit.end
    return "".join([*parts, text[after:]])

"""What may go to a terminal: no control characters, colour only where it is wanted, cells and not characters."""

from __future__ import annotations

import os
import re
from typing import TextIO

from olbuild.core.text import cells, printable

_HEAD = re.compile(r"(?<=: )(error|warning|note)\[OLB\d+\]")
_CARET = re.compile(r"^ +\| +\^+$")
_RESET = "\x1b[0m"
_STYLES = {"bold": "\x1b[1m", "dim": "\x1b[2m", "red": "\x1b[1;31m", "green": "\x1b[32m", "yellow": "\x1b[1;33m"}


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal; a closed one is none."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def wants_colour(stream: TextIO | None) -> bool:
    """Whether a stream may be coloured: a terminal that is not dumb, and no ``NO_COLOR`` (no-color.org)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, style: str, wanted: bool) -> str:
    """Colour a text."""
    return f"{_STYLES[style]}{text}{_RESET}" if wanted and text else text


def emphasize(line: str, colour: bool) -> str:
    """Colour a line of a warning, or of a drawn diagnostic: its kind, its caret, its hint."""
    if line.startswith("warning:"):
        return paint("warning:", "yellow", colour) + line.removeprefix("warning:")
    if line.startswith("  hint:"):
        return f"  {paint('hint:', 'green', colour)}" + line.removeprefix("  hint:")
    if _CARET.match(line):
        bar, caret = line.split("|", 1)
        return f"{bar}|{paint(caret, 'red', colour)}"
    return _HEAD.sub(lambda found: paint(found[0], "red" if found[1] == "error" else "yellow", colour), line, count=1)


def is_drawn(line: str) -> bool:
    """Whether a line begins a drawn diagnostic."""
    return _HEAD.search(line) is not None


def lines_of(text: str) -> list[str]:
    """Split a text into lines without control characters: names from elsewhere must not move the cursor."""
    return [printable(line) for line in text.splitlines()] or [""]


def one_line(text: str) -> str:
    """Return a text as one line without control characters."""
    return printable(text)


def cut(text: str, width: int) -> str:
    """Shorten a text to some cells, with an ellipsis in the middle: the beginning and the end tell names apart."""
    if cells(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    head = _prefix(text, (width - 1) // 2)
    tail = _prefix(text[::-1], width - 1 - cells(head))[::-1]
    return f"{head}…{tail}"


def pad(text: str, width: int, right: bool = False) -> str:
    """Fill a text with blanks to some cells."""
    blanks = " " * (width - cells(text))
    return blanks + text if right else text + blanks


def _prefix(text: str, width: int) -> str:
    size = 0
    for index, character in enumerate(text):
        size += cells(character)
        if size > width:
            return text[:index]
    return text

"""The text of an answer as it comes, for readers that are written as if all of it were there.

A reader is a generator: it yields where it needs more text, and returns what it read. What it returns depends on the
text alone, and never on how the text was cut, as long as it looks ahead with these methods only.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeAlias, TypeVar

from olbuild.running.chat.parsing.markers import markers
from olbuild.running.chat.parsing.port import Parsed

_T = TypeVar("_T")

Reading: TypeAlias = Generator[None, None, _T]
"""Yields to ask for more text, and is asked to go on until it returns."""

BLANKS = " \t\r\n"


class Tape:
    """Text, a place in it, and what was given out of the text before that place."""

    def __init__(self) -> None:
        """Begin with no text."""
        self.text = ""
        self.at = 0
        self.ended = False
        self.out: list[Parsed] = []

    def more(self) -> Reading[bool]:
        """Wait for more text; return whether there could be any."""
        if self.ended:
            return False
        yield
        return True

    def peek(self, count: int) -> Reading[str]:
        """Return the next characters, fewer at the end of the answer."""
        while len(self.text) < self.at + count and (yield from self.more()):
            pass
        return self.text[self.at : self.at + count]

    def accept(self, *texts: str) -> Reading[str | None]:
        """Pass the first of these texts that comes next, and return it."""
        for text in texts:
            if (yield from self.comes(text)):
                self.at += len(text)
                return text
        return None

    def comes(self, text: str) -> Reading[bool]:
        """Whether this text comes next."""
        while not self.text.startswith(text, self.at):
            if not text.startswith(self.text[self.at :]) or not (yield from self.more()):
                return False
        return True

    def skip(self, characters: str = BLANKS) -> Reading[None]:
        """Pass these characters, however many of them come next."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in characters:
                self.at += 1
            if self.at < len(self.text) or not (yield from self.more()):
                return

    def until(self, *ends: str, most: int | None = None) -> Reading[tuple[str, str] | None]:
        """Pass a text and the marker that ends it, and return both.

        Return ``None``, in the same place, if no marker comes, or not within ``most`` characters.
        """
        wanted, start = markers(*ends), self.at
        while True:
            start, marker = wanted.find(self.text, start, ended=self.ended)
            if most is not None and start - self.at > most:
                return None
            if marker is not None:
                text, self.at = self.text[self.at : start], start + len(marker)
                return text, marker
            if not (yield from self.more()):
                return None

    def stream(self, kind: Callable[[str], Parsed], *ends: str) -> Reading[int | None]:
        """Give out text as it comes, up to a marker; return where that is, or ``None`` at the end of the answer.

        Blanks before the marker are not given out: the place is before them.
        """
        wanted = markers(*ends)
        while True:
            start, marker = wanted.find(self.text, self.at, ended=self.ended)
            if marker is None and self.ended:
                self.give(kind, len(self.text))
                return None
            self.give(kind, len(self.text[self.at : start].rstrip(BLANKS)) + self.at)
            if marker is not None:
                return start
            self.text, self.at = self.text[self.at :], 0
            yield

    def give(self, kind: Callable[[str], Parsed], end: int) -> None:
        """Give out the text from here to a place further on, and go there."""
        if end > self.at:
            self.out.append(kind(self.text[self.at : end]))
            self.at = end

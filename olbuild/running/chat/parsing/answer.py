"""Parsers of answers: one that reads a family's, and one for answers that are text and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.running.chat.parsing.family import Family, Situation
from olbuild.running.chat.parsing.port import Content, Parsed
from olbuild.running.chat.parsing.tape import Tape


class Answer:
    """The parser of one answer: gives a family's reader the text as it comes."""

    def __init__(self, family: Family, situation: Situation) -> None:
        """Begin an answer."""
        self._tape = Tape()
        self._reading = family.read(self._tape, situation)
        self._is_read = False
        self._go_on()

    def feed(self, text: str) -> Sequence[Parsed]:
        """Return what is certain after some more text."""
        self._tape.text += text
        self._go_on()
        return self._given()

    def finish(self) -> Sequence[Parsed]:
        """Return the rest, at the end of the answer."""
        self._tape.ended = True
        while not self._is_read:
            self._go_on()
        return self._given()

    def _go_on(self) -> None:
        if not self._is_read:
            self._is_read = next(self._reading, self) is self

    def _given(self) -> Sequence[Parsed]:
        given, self._tape.out = self._tape.out, []
        return given


class Plain:
    """The parser of an answer in which nothing is looked for."""

    def feed(self, text: str) -> Sequence[Parsed]:
        """Return the text."""
        return (Content(text),) if text else ()

    def finish(self) -> Sequence[Parsed]:
        """Return nothing: nothing is kept."""
        return ()

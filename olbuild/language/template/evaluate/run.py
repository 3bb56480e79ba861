"""One execution of a template: its output, its variables, and what it may spend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeAlias

from msgspec import field

from olbuild.core.records import Mutable
from olbuild.language.template.go.errors import TooMuch
from olbuild.language.template.go.values import Value
from olbuild.language.template.syntax.nodes import Action, Text

MOST_STEPS = 500_000
"""Nodes that one execution may visit, of about a microsecond each: 250 messages in a loop over themselves."""

MOST_CHARACTERS = 1 << 26
"""The longest output, and as much again in texts on the way to it; a context of a million tokens is a tenth of it."""

MOST_CALLS = 100
"""The deepest nesting of calls of definitions. Go's limit is 100,000, which Python's stack does not hold."""


_FEW = 16  # variables that are passed in the time of a step


class Run(Mutable, kw_only=True, eq=False):
    """The state of an execution.

    ``names`` and ``values`` are Go's stack of variables; a name may stand in it several times, and the last one counts.
    ``missing`` is what an unknown key of a map gives: nothing in an interface, or no value at all. ``notes`` are the
    nodes that wrote each part of the output, if the bodies were made to note them.
    """

    bodies: Mapping[str, Step]
    today: date
    missing: Value = None
    names: list[str] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    notes: list[Text | Action] = field(default_factory=list)
    steps: int = MOST_STEPS
    room: int = MOST_CHARACTERS
    work: int = MOST_CHARACTERS
    depth: int = 0

    def pay(self, steps: int, characters: int) -> None:
        """Pay for a body: its nodes, and the literal text in it.

        Raises:
            TooMuch: if that is more than is left.
        """
        self.steps -= steps
        self.room -= characters
        if self.steps < 0:
            raise TooMuch("it does not come to an end")
        if self.room < 0:
            raise TooMuch("its output does not come to an end")

    def passed(self, variables: int) -> None:
        """Pay for looking for a variable behind many others.

        Raises:
            TooMuch: if that is more than is left.
        """
        if variables > _FEW:
            self.pay(variables // _FEW, 0)

    def write(self, text: str) -> None:
        """Write a value's text.

        Raises:
            TooMuch: if the output becomes too long.
        """
        self.room -= len(text)
        if self.room < 0:
            raise TooMuch("its output does not come to an end")
        self.output.append(text)

    def made(self, text: Value) -> Value:
        """Pay for a text that a function made, and return it.

        Raises:
            TooMuch: if that is more than is left.
        """
        if isinstance(text, str):
            self.work -= len(text)
            if self.work < 0:
                raise TooMuch("it makes too much text")
        return text


Evaluate: TypeAlias = Callable[[Run, Value], Value]
"""What an expression becomes: a function of the execution and the current value."""

Step: TypeAlias = Callable[[Run, Value], "str | None"]
"""What a node becomes: it writes, and says ``break`` or ``continue`` if the loop around it shall."""

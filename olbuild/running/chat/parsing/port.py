"""What a parser of answers is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Content:
    """Text of the answer; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Thought:
    """Text of the thinking before the answer; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """A whole call of a function; ``arguments`` is a JSON object as text. ``id`` is empty if the model gave none."""

    name: str
    arguments: str
    id: str = ""


Parsed: TypeAlias = Content | Thought | Called


class OutputParser(Protocol):
    """Takes the text of one answer as it comes.

    However the text is cut, the parts are the same once neighbours of one kind are joined. Text that looked like the
    beginning of a call and is none becomes content: nothing is lost and nothing comes twice.
    """

    def feed(self, text: str) -> Sequence[Parsed]:
        """Return what is certain after some more text."""
        ...

    def finish(self) -> Sequence[Parsed]:
        """Return the rest, at the end of the answer."""
        ...

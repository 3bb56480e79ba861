"""What a parser of answers is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from olbuild.core.records import Frozen


class Content(Frozen):
    """Text of the answer; never empty."""

    text: str


class Thought(Frozen):
    """Text of the thinking before the answer; never empty."""

    text: str


class Called(Frozen):
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


class Thinking(Frozen):
    """How a model marks its thoughts.

    Attributes:
        begins: what begins them, the usual text first.
        ends: what ends them, alike.
        opened: whether the prompt has begun them, so that the answer starts within.
        before_calls: what ends them where a call follows, if that is something else.
    """

    begins: tuple[str, ...]
    ends: tuple[str, ...]
    opened: bool = False
    before_calls: tuple[str, ...] = ()


class Chosen(Frozen, kw_only=True):
    """How the answers of a model are read.

    Attributes:
        parser: for one answer.
        visible: texts of control tokens that the parser looks for, and which are no text otherwise.
        call_syntax: the family in whose way the model calls functions, for calls that are forced.
        thinking: how thoughts are marked, if the answer may begin with any.
    """

    parser: OutputParser
    visible: frozenset[str] = frozenset()
    call_syntax: str = "json"
    thinking: Thinking | None = None

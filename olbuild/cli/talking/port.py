"""What a conversation asks of a model, wherever that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from olbuild.artifact.bundle import Message, ParameterValue
    from olbuild.running.requests import Chat, Delta, Done


class Answering(AbstractContextManager["Answering"], Protocol):
    """An answer on its way. Leaving the context ends it."""

    def __iter__(self) -> Iterator[Delta]:
        """Walk the deltas as they come."""
        ...

    @property
    def result(self) -> Done:
        """How it came about, once it has ended."""
        ...


class Chatting(Protocol):
    """A model to talk with: in this process, or at a server."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do, as ``olbuild.running.requests.ModelFacts`` has it."""
        ...

    def ask(self, request: Chat) -> Answering:
        """Begin to answer.

        Raises:
            OlbuildError: if it cannot.
        """
        ...

    def show(self, what: str) -> str:
        """Return what it says about itself: one of ``olbuild.cli.talking.commands.SHOWN``.

        Raises:
            OlbuildError: if it does not say it.
        """
        ...

    def save(
        self,
        name: str,
        *,
        system: str | None,
        parameters: Mapping[str, ParameterValue],
        messages: Sequence[Message],
    ) -> None:
        """Make a model of it that begins where the conversation is.

        Raises:
            OlbuildError: if it cannot be made.
        """
        ...


Open: TypeAlias = Callable[[str], AbstractContextManager[Chatting]]
"""Loads a model by its name, for as long as the context lasts."""

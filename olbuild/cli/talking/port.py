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

    @property
    def messages(self) -> Sequence[Message]:
        """What stands before every conversation with it."""
        ...

    def is_fixed(self, parameter: str) -> bool:
        """Whether a parameter counts only when the model is loaded anew."""
        ...

    def others(self) -> Sequence[str]:
        """Return the names of the models that can be loaded in its place.

        Raises:
            OlbuildError: if that cannot be known.
        """
        ...

    def ask(self, request: Chat) -> Answering:
        """Begin to answer.

        Raises:
            OlbuildError: if it cannot.
        """
        ...

    def show(self, what: str) -> str:
        """Return what it says about itself.

        Args:
            what: one of ``olbuild.cli.talking.commands.SHOWN``, and not its messages.

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

        Args:
            name: what to call it.
            system: a system text in place of its own.
            parameters: parameters that win over its own.
            messages: all that stands before every conversation with it; none is what stands there now.

        Raises:
            OlbuildError: if it cannot be made.
        """
        ...


Open: TypeAlias = Callable[[str], AbstractContextManager[Chatting]]
"""Loads a model by its name, for as long as the context lasts."""

"""Answers on standard output as they come, and nothing else there; figures about them on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from olbuild.artifact.bundle import Message
from olbuild.cli import units
from olbuild.cli.session import Session
from olbuild.cli.streams import write_now
from olbuild.cli.terminal import is_terminal

if TYPE_CHECKING:
    from olbuild.running.requests import Delta, Done
    from olbuild.running.session import Model

# What a terminal would obey: C0 and C1 but for line ends and tabs. A pipe gets the answer as it is.
_OBEYED = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)], "\N{REPLACEMENT CHARACTER}") | {0x09: "\t", 0x0A: "\n"}


class Answerer:
    """Answers with a model and remembers the conversation. An answer that was stopped counts as far as it came."""

    def __init__(self, model: Model, session: Session, *, verbose: bool) -> None:
        """Begin a conversation."""
        self._model = model
        self._session = session
        self._verbose = verbose
        self._messages: list[Message] = []

    def answer(self, text: str) -> None:
        """Answer a message.

        Raises:
            UsageError: if it does not fit into the context; it is not remembered then.
        """
        self._session.settle()
        asked = Message(role="user", content=text)
        said: list[str] = []
        with self._model.chat([*self._messages, asked]) as generation:
            try:
                _write(generation, said)
            finally:
                _end_line(said)
                self._messages += [asked, Message(role="assistant", content="".join(said))]
        if self._verbose:
            self._session.say(figures(generation.result))

    def forget(self) -> None:
        """Begin anew."""
        self._messages.clear()


def figures(result: Done) -> str:
    """Return the counts and rates of an answer, one line each for the prompt and for the answer."""
    read = result.prompt_tokens - result.cached_tokens
    known = f", {result.cached_tokens} of them known" if result.cached_tokens else ""
    return (
        f"prompt: {result.prompt_tokens} tokens{known}, {_rate(read, result.prompt_seconds)}\n"
        f"answer: {result.tokens} tokens, {_rate(result.tokens, result.generation_seconds)},"
        f" ended by {result.finish}, seed {result.seed}"
    )


def _rate(tokens: int, seconds: float) -> str:
    return f"{units.duration(seconds)}, {tokens / max(seconds, 1e-6):.1f} tokens/s"


def _write(deltas: Iterable[Delta], said: list[str]) -> None:
    terminal = is_terminal(sys.stdout)
    for delta in deltas:
        said.append(delta.content)
        write_now(sys.stdout, delta.content.translate(_OBEYED) if terminal else delta.content)


def _end_line(said: list[str]) -> None:
    """End the last line, unless the answer did so."""
    if said and not said[-1].endswith("\n"):
        write_now(sys.stdout, "\n")

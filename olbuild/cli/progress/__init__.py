"""Progress, seen four ways: bars on a terminal, plain lines, JSON lines, nothing."""

from __future__ import annotations

import os
from typing import Protocol, TextIO

from olbuild.cli.errors import Failure
from olbuild.cli.terminal import is_terminal
from olbuild.core.events import Event


class Listener(Protocol):
    """Hears events, from any thread."""

    def __call__(self, event: Event) -> None:
        """Show an event."""
        ...

    def close(self) -> None:
        """Leave the terminal to others, as if nothing had been drawn; a later event opens it again."""
        ...

    def fail(self, failure: Failure) -> bool:
        """Report what ended the run; ``False`` leaves it to the common way."""
        ...


class Silent:
    """Hears nothing."""

    def __call__(self, event: Event) -> None:
        """Drop an event."""

    def close(self) -> None:
        """Nothing is open."""

    def fail(self, failure: Failure) -> bool:  # noqa: ARG002 - the protocol's signature
        """Report nothing."""
        return False


def choose(how: str, stream: TextIO | None) -> Listener:
    """Return the listener for ``auto``, ``plain``, ``json`` or ``none``, writing to a stream."""
    if how == "none" or stream is None:
        return Silent()
    if how == "json":
        from olbuild.cli.progress.objects import JsonLines

        return JsonLines(stream)
    if how == "plain" or not is_terminal(stream) or os.environ.get("TERM") == "dumb":
        from olbuild.cli.progress.lines import PlainLines

        return PlainLines(stream)
    from olbuild.cli.progress.bars import Bars

    return Bars(stream)

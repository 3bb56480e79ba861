"""An answer that is iterated over, for whoever asks one thing at a time."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from typing import Self

from olbuild.core.errors import EngineError
from olbuild.running.failing import raised
from olbuild.running.jobs import Ticket
from olbuild.running.requests import Delta, Done, Event, Failed, Tell

Ask = Callable[[Tell], Ticket]


class Generation:
    """An answer on its way. Iterate over it for its deltas, then look at ``result``; close it to end it early.

    Args:
        ask: begins the answer; it gets what hears its events.

    Raises:
        OlbuildError: as what begins it does.
    """

    def __init__(self, ask: Ask) -> None:
        """Begin the answer."""
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._last: Event | None = None
        self._ticket = ask(self._events.put)

    def __iter__(self) -> Self:
        """Walk the deltas."""
        return self

    def __next__(self) -> Delta:
        """Wait for the next delta.

        Raises:
            OlbuildError: if the answer failed.
        """
        if self._last is None:
            event = self._events.get()
            if isinstance(event, Delta):
                return event
            self._last = event
        if isinstance(self._last, Failed):
            raise raised(self._last)
        raise StopIteration

    @property
    def result(self) -> Done:
        """How it came about, once it has ended or is closed; what was not read of it is dropped.

        Raises:
            OlbuildError: if it failed.
        """
        for _ in self:
            pass
        if not isinstance(self._last, Done):
            raise EngineError("the answer has no end")
        return self._last

    def close(self) -> None:
        """End it now, if it is still going on, and wait for that. Safe to call twice and from any thread."""
        self._ticket.cancel()
        while self._last is None:
            event = self._events.get()
            self._last = None if isinstance(event, Delta) else event

    def __enter__(self) -> Self:
        """Use it as a context, which closes it."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close it."""
        self.close()

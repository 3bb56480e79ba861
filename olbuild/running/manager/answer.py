"""The events of one request on their way from a worker to whoever asked."""

from __future__ import annotations

import asyncio
from collections import deque

from olbuild.running.failing import raised
from olbuild.running.requests import Delta, Event, Failed


class Answer:
    """A queue with one reader. What waits in it is bounded by what a model can generate for one request."""

    def __init__(self) -> None:
        """Begin empty. In an event loop."""
        self._events: deque[Event] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self.ended = False
        """Whether nothing more will be put."""

    def put(self, event: Event) -> None:
        """Hear an event."""
        self._events.append(event)
        self.ended = not isinstance(event, Delta)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def get(self) -> Event:
        """Return the next event.

        Raises:
            OlbuildError: in place of a ``Failed`` event.
        """
        while not self._events:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        event = self._events.popleft()
        if isinstance(event, Failed):
            raise raised(event)
        return event

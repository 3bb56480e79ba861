"""Verbs that block, in a thread, with their progress in the loop. Who leaves the iteration ends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from threading import Lock

from olbuild.core.events import Advanced, Emit, Event

_PACE = 0.05  # seconds: nobody looks more often


class _Ended(BaseException):
    """Raised in the thread, at its next event: nobody hears what it does."""


class _Relay:
    """Events on their way from threads to the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.changed = asyncio.Event()
        self.ended = False
        self._loop = loop
        self._guard = Lock()
        self._waiting: list[Event] = []

    def emit(self, event: Event) -> None:
        with self._guard:
            if self.ended:
                raise _Ended
            last = self._waiting[-1] if self._waiting else None
            if isinstance(event, Advanced) and isinstance(last, Advanced) and last.id == event.id:
                self._waiting[-1] = Advanced(id=event.id, amount=last.amount + event.amount)
            else:
                self._waiting.append(event)
        self._wake()

    def take(self) -> list[Event]:
        with self._guard:
            taken, self._waiting = self._waiting, []
        return taken

    def end(self) -> None:
        with self._guard:
            self.ended = True

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self.changed.set)
        except RuntimeError:  # the loop is closed, and the program ends
            raise _Ended from None


async def in_background(work: Callable[[Emit], None]) -> AsyncGenerator[Event, None]:
    """Do some work in a thread; yield what it says as it goes.

    Raises:
        Exception: what the work raises.
    """
    loop = asyncio.get_running_loop()
    relay = _Relay(loop)

    def run() -> None:
        try:
            work(relay.emit)
        except _Ended:
            return

    task = loop.run_in_executor(None, run)
    task.add_done_callback(lambda _: relay.changed.set())
    try:
        while not task.done():
            await relay.changed.wait()
            relay.changed.clear()
            for event in relay.take():
                yield event
            if not task.done():
                await asyncio.wait((task,), timeout=_PACE)
        for event in relay.take():
            yield event
        await task
    finally:
        relay.end()
        if not task.done():
            task.add_done_callback(_forget)


def _forget(task: asyncio.Future[None]) -> None:
    """Take note of an error that nobody waits for."""
    if not task.cancelled():
        task.exception()

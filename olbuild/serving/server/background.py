"""Verbs that block, in a thread, with their progress in the loop. Who leaves the iteration ends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from threading import BoundedSemaphore, Lock, Thread

from olbuild.core.errors import BusyError
from olbuild.core.events import Advanced, Emit, Event

_PACE = 0.05  # seconds: nobody looks more often
_MOST = 16  # verbs at once
_AGAIN = 10.0  # seconds
_ROOM = BoundedSemaphore(_MOST)


class _Ended(BaseException):
    """Raised in the thread, at its next event: nobody hears what it does."""


class _Relay:
    """Events on their way from threads to the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.changed = asyncio.Event()
        self.ended = self.finished = False
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

    def finish(self) -> None:
        self.finished = True
        with suppress(_Ended):
            self._wake()

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self.changed.set)
        except RuntimeError:  # the loop is closed, and the program ends
            raise _Ended from None


async def in_background(work: Callable[[Emit], None]) -> AsyncGenerator[Event, None]:
    """Do some work in a thread of its own; yield what it says as it goes.

    The end of the server does not wait for the thread: what it writes is whole or not there.

    Raises:
        BusyError: if there is too much such work already.
        Exception: what the work raises.
    """
    if not _ROOM.acquire(blocking=False):
        raise BusyError(f"{_MOST} transfers are on their way already", retry_after=_AGAIN)
    relay = _Relay(asyncio.get_running_loop())
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work(relay.emit)
        except _Ended:
            pass
        except BaseException as error:  # noqa: BLE001 - raised below, by whoever waits
            failures.append(error)
        finally:
            _ROOM.release()
            relay.finish()

    Thread(target=run, daemon=True, name="verb").start()
    try:
        while not relay.finished:
            await relay.changed.wait()
            relay.changed.clear()
            for event in relay.take():
                yield event
            if not relay.finished:
                await asyncio.sleep(_PACE)
        for event in relay.take():
            yield event
        if failures:
            raise failures[0]
    finally:
        relay.end()

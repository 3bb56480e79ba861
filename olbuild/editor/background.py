"""Work that takes too long for the loop that answers: done in one thread, and only while somebody wants it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar

_Result = TypeVar("_Result")

_PULSE = 0.1  # seconds between two looks at whether a result is still wanted


class Unwanted(Exception):
    """Nobody wants the result any more."""


class Background:
    """A thread that is started when it is first needed. The end of the program does not wait for it."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._works: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, work: Callable[[], _Result], is_wanted: Callable[[], bool]) -> _Result:
        """Return the result of work done in the thread.

        Raises:
            Unwanted: as soon as it is not wanted any more. Work that has not begun is then left out.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_Result] = loop.create_future()
        self._works.put(lambda: _settle(loop, future, work, is_wanted))
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, daemon=True)
            self._thread.start()
        while not future.done():
            await asyncio.wait([future], timeout=_PULSE)
            if not is_wanted():
                future.cancel()
                raise Unwanted
        return future.result()

    def _serve(self) -> None:
        while True:
            self._works.get()()


def _settle(
    loop: asyncio.AbstractEventLoop,
    future: asyncio.Future[_Result],
    work: Callable[[], _Result],
    is_wanted: Callable[[], bool],
) -> None:
    """Do some work in the thread, and hand what comes of it to the loop."""

    def hand_over(set_it: Callable[[], None]) -> None:
        if not future.done():
            set_it()

    if not is_wanted():
        return
    try:
        result = work()
    except Exception as error:  # noqa: BLE001 - whoever waits gets it
        failure = error
        set_it: Callable[[], None] = lambda: future.set_exception(failure)  # noqa: E731
    else:
        set_it = lambda: future.set_result(result)  # noqa: E731
    try:
        loop.call_soon_threadsafe(hand_over, set_it)
    except RuntimeError:
        return  # the loop has ended, and nobody waits

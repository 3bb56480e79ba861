"""What other threads ask of the engine's thread, and when an evaluation may be ended for that."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import count
from queue import SimpleQueue
from typing import TypeAlias

from olbuild.core.errors import EngineError
from olbuild.core.records import Frozen
from olbuild.running.engine.background import StopFlag
from olbuild.running.jobs import Hear, Job


class Begin(Frozen):
    """A job was submitted, under a number, at a time of ``time.perf_counter``."""

    request: int
    job: Job
    hear: Hear
    time: float


class Cancel(Frozen):
    """A job shall end."""

    request: int


class Close(Frozen):
    """Everything shall end."""


Command: TypeAlias = Begin | Cancel | Close


class Mailbox:
    """Commands in their order, from any thread to the one of the engine.

    Args:
        stop: the flag that ends an evaluation.
    """

    def __init__(self, stop: StopFlag) -> None:
        """Begin without any."""
        self._stop = stop
        self._commands: SimpleQueue[Command] = SimpleQueue()
        self._numbers = count()
        # Taken again by the same thread, if a runtime becomes garbage while the lock is held.
        self._lock = threading.RLock()
        self._closed = False
        self._cancelled: set[int] = set()
        self._served: AbstractSet[int] = frozenset()

    @property
    def closed(self) -> bool:
        """Whether nothing is taken any more."""
        return self._closed

    def begin(self, job: Job, hear: Hear) -> int:
        """Hand over a job; return its number.

        Raises:
            EngineError: if it has been closed.
        """
        with self._lock:
            if self._closed:
                raise EngineError("the model has been closed")
            request = next(self._numbers)
            self._commands.put(Begin(request, job, hear, time.perf_counter()))
        return request

    def cancel(self, request: int) -> None:
        """End a job. An evaluation that serves none but cancelled ones is ended, too."""
        with self._lock:
            if self._closed:
                return
            self._cancelled.add(request)
            self._commands.put(Cancel(request))
            if self._served and self._served <= self._cancelled:
                self._stop.set()

    def close(self) -> None:
        """End everything; nothing is taken any more."""
        with self._lock:
            self._closed = True
            self._stop.set()
            self._commands.put(Close())

    @property
    def waiting(self) -> bool:
        """Whether there are commands that nobody has taken."""
        return not self._commands.empty()

    def commands(self, *, wait: bool) -> Iterator[Command]:
        """Take the commands that are there, for the thread of the engine; ``wait`` for the first one."""
        while wait or self.waiting:
            command = self._commands.get()
            if isinstance(command, Cancel):
                with self._lock:
                    self._cancelled.discard(command.request)
            wait = False
            yield command

    def serve(self, requests: AbstractSet[int]) -> bool:
        """Begin an evaluation, which ``served`` ends; return whether anyone still wants it."""
        with self._lock:
            self._served = requests
            return not self._closed and not requests <= self._cancelled

    def served(self) -> None:
        """End it."""
        with self._lock:
            self._served = frozenset()
            if not self._closed:
                self._stop.clear()

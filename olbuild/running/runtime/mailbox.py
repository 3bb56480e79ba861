"""What other threads ask of the engine's thread, and when an evaluation may be ended for that."""

from __future__ import annotations

import logging
import sys
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
from olbuild.running.jobs import Hear, Job, JobEvent

_LOGGER = logging.getLogger(__name__)


class Begin(Frozen):
    """A job was submitted, under a number, at a time of ``time.perf_counter``."""

    request: int
    job: Job
    hear: Hear
    time: float

    def refuse(self, event: JobEvent) -> None:
        """Tell how a job ends that was not begun."""
        try:
            self.hear(event)
        except Exception:
            _LOGGER.exception("a listener failed")


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
        self._unread = 0  # jobs that were handed over and not taken
        self._spare = sys.maxsize

    @property
    def closed(self) -> bool:
        """Whether nothing is taken any more."""
        return self._closed

    def begin(self, job: Job, hear: Hear) -> int:
        """Hand over a job; return its number. An evaluation that is in vain if so many wait is ended.

        Raises:
            EngineError: if it has been closed.
        """
        with self._lock:
            if self._closed:
                raise EngineError("the model has been closed")
            request = next(self._numbers)
            self._commands.put(Begin(request, job, hear, time.perf_counter()))
            self._unread += 1
            self._end_what_is_vain()
        return request

    def cancel(self, request: int) -> None:
        """End a job. An evaluation that serves none but cancelled ones is ended, too."""
        with self._lock:
            if self._closed:
                return
            self._cancelled.add(request)
            self._commands.put(Cancel(request))
            self._end_what_is_vain()

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
            with self._lock:
                if isinstance(command, Cancel):
                    self._cancelled.discard(command.request)
                elif isinstance(command, Begin):
                    self._unread -= 1
            wait = False
            yield command

    def serve(self, requests: AbstractSet[int], spare: int) -> bool:
        """Begin an evaluation, which ``served`` ends; return whether it is still wanted.

        Args:
            requests: whom it is for.
            spare: how many more requests there can be without it being in vain.
        """
        with self._lock:
            self._served, self._spare = requests, spare
            return not self._closed and not self._vain

    def served(self) -> None:
        """End it."""
        with self._lock:
            self._served = frozenset()
            if not self._closed:
                self._stop.clear()

    @property
    def _vain(self) -> bool:
        return bool(self._served) and (self._served <= self._cancelled or self._unread > self._spare)

    def _end_what_is_vain(self) -> None:
        if self._vain:
            self._stop.set()

"""Threads that can be told to stop: waiting ends at once, and a connection that blocks is cut."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

_GRACE = 2.0  # seconds that a thread has to notice; one that still connects somewhere then ends with the process
_T = TypeVar("_T")


class Stopped(Exception):
    """The work was told to stop."""


class Stop:
    """Tells work to stop. Safe for threads."""

    def __init__(self) -> None:
        """Begin with work that goes on."""
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._cuts: dict[object, Callable[[], None]] = {}

    def __bool__(self) -> bool:
        """Whether the work shall stop."""
        return self._event.is_set()

    def set(self) -> None:
        """Stop, and cut whatever blocks."""
        with self._lock:
            self._event.set()
            cuts = list(self._cuts.values())
        for cut in cuts:
            cut()

    def check(self) -> None:
        """Raise ``Stopped`` if the work shall stop."""
        if self._event.is_set():
            raise Stopped

    def wait(self, seconds: float) -> None:
        """Wait; raise ``Stopped`` as soon as the work shall stop."""
        if self._event.wait(seconds):
            raise Stopped

    def watch(self, key: object, cut: Callable[[], None]) -> None:
        """Call ``cut`` when the work shall stop, from another thread; at once if it shall already."""
        with self._lock:
            self._cuts[key] = cut
            late = self._event.is_set()
        if late:
            cut()

    def unwatch(self, key: object) -> None:
        """Forget what would be cut."""
        with self._lock:
            self._cuts.pop(key, None)


_current: ContextVar[Stop | None] = ContextVar("stop", default=None)


def current() -> Stop | None:
    """Return what stops the work of this thread; ``None`` if nothing but an exception does."""
    return _current.get()


def sleep(seconds: float) -> None:
    """Sleep; raise ``Stopped`` as soon as the work of this thread shall stop."""
    stop = current()
    if stop is None:
        time.sleep(seconds)
    else:
        stop.wait(seconds)


class Crew:
    """Threads that work together: the first error, or the end of the ``with`` block, stops all of them."""

    def __init__(self) -> None:
        """Begin without threads. A crew that a thread of another crew makes is stopped with that one."""
        self.stop = Stop()
        self._lock = threading.RLock()
        self.turn = threading.Condition(self._lock)
        """What the threads share is changed under this; who waits for them is notified through it when one ends."""
        self._conditions: list[threading.Condition] = []
        self.error: BaseException | None = None
        self._outer = current()
        self._threads: list[tuple[threading.Thread, threading.Event, bool]] = []

    def start(self, name: str, work: Callable[[], object], *, briefly: bool = False) -> None:
        """Run ``work`` in a thread of its own. Only one thread may start others.

        ``briefly``: it holds nothing that must not be taken from it, and is waited for only for a moment at the end.
        """
        begun = threading.Event()

        def run() -> None:
            begun.set()
            _current.set(self.stop)
            try:
                work()
            except Stopped:
                pass
            except BaseException as error:  # noqa: BLE001 - raised again by `check`
                self.fail(error)
            finally:
                with self.turn:
                    self.turn.notify_all()

        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append((thread, begun, briefly))
        thread.start()

    def condition(self) -> threading.Condition:
        """Return one more condition over ``turn``. Who waits for it must look at ``stop`` now and then."""
        self._conditions.append(threading.Condition(self._lock))
        return self._conditions[-1]

    def fail(self, error: BaseException) -> None:
        """Stop because of an error; the first one counts."""
        with self.turn:
            if self.error is None and not self.stop:
                self.error = error
        self.stop.set()

    def check(self) -> None:
        """Raise the error of a thread, or ``Stopped`` if all shall stop."""
        if self.error is not None:
            raise self.error
        self.stop.check()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Stop all threads at the end of the block, and wait until they have ended."""
        if self._outer is not None:
            self._outer.watch(self, self.stop.set)
        try:
            yield
        finally:
            self.stop.set()
            for condition in self._conditions:
                with self.turn:
                    condition.notify_all()
            if self._outer is not None:
                self._outer.unwatch(self)
            end = time.monotonic() + _GRACE
            for thread, begun, briefly in self._threads:
                # An interruption in the middle of `start` leaves a thread that runs, and that cannot be joined yet.
                if begun.wait(_GRACE):
                    thread.join(max(0.0, end - time.monotonic()) if briefly else None)


def under(stop: Stop, work: Callable[[], _T]) -> _T:
    """Do work in this thread that ``stop`` stops."""
    token = _current.set(stop)
    try:
        return work()
    finally:
        _current.reset(token)

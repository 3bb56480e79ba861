"""Native work in a thread of its own, so that Ctrl-C reaches a main thread that only waits.

Python runs signal handlers between instructions of the main thread. There, a native call that takes a minute would
hold off Ctrl-C for that minute, and an interrupt in a callback of native code would be lost.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class StopFlag:
    """A flag that native code can read without the interpreter: a C string, empty until the flag is set."""

    def __init__(self) -> None:
        """Begin with a flag that is not set."""
        self._buffer = ctypes.create_string_buffer(2)

    def set(self) -> None:
        """Ask for the end."""
        self._buffer[0] = b"1"

    def clear(self) -> None:
        """Take the wish back, before the next piece of work."""
        self._buffer[0] = b"\0"

    def __bool__(self) -> bool:
        """Whether the work shall end: someone asked, or the main thread has ended and waits only for this one."""
        return self._buffer[0] != b"\0" or not threading.main_thread().is_alive()

    @property
    def address(self) -> int:
        """Address of the C string; valid as long as this object."""
        return ctypes.addressof(self._buffer)


class Background(Generic[Item, Result]):
    """A piece of work. Start it, iterate over it for its items; then it has a result.

    Whoever must not go away under the work keeps it before it is started, and closes it: an interrupt may come at any
    instruction, also between the beginning of the work and the return of ``start``.

    Args:
        work: the work; it hands over items through the function that it gets, and ends soon once ``stop`` is set.
        stop: what ``close`` sets.
        daemon: do not let the interpreter wait for its end: whoever starts it closes it, also at exit.
    """

    def __init__(
        self, work: Callable[[Callable[[Item], None]], Result], stop: StopFlag, *, daemon: bool = False
    ) -> None:
        """Prepare; nothing runs yet."""
        self._daemon = daemon
        self._thread: threading.Thread | None = None
        self._items: SimpleQueue[tuple[Item] | None] = SimpleQueue()
        self._work, self._stop = work, stop
        self._result: list[Result] = []
        self._error: BaseException | None = None
        self._lock = threading.Lock()
        self._begun = self._closed = False
        self._ended = threading.Event()

    def start(self) -> Self:
        """Run the work in a thread, unless it was closed before."""
        threading.Thread(target=self._run, name="olbuild-engine", daemon=self._daemon).start()
        return self

    def _run(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._begun = True
            self._thread = threading.current_thread()
        try:
            self._result.append(self._work(lambda item: self._items.put((item,))))
        except BaseException as error:  # noqa: BLE001 - raised again where the result is awaited
            self._error = error
        finally:
            self._items.put(None)
            self._ended.set()

    def __iter__(self) -> Self:
        """Walk the items."""
        return self

    def __next__(self) -> Item:
        """Wait for the next item; raise what the work raised."""
        item = self._items.get()
        if item is not None:
            return item[0]
        self._items.put(None)  # the end stays the end, however often it is asked for
        self._ended.wait()
        if self._error is not None:
            raise self._error
        raise StopIteration

    @property
    def result(self) -> Result:
        """What the work returned; waits for its end, and raises what the work raised."""
        self._ended.wait()
        if self._error is not None:
            raise self._error
        return self._result[0]

    @property
    def inside(self) -> bool:
        """Whether this is asked by the work itself."""
        return self._thread is threading.current_thread()

    @property
    def running(self) -> bool:
        """Whether the work is still going on."""
        return self._begun and not self._ended.is_set()

    @property
    def succeeded(self) -> bool:
        """Whether the work has ended and there is a result."""
        return bool(self._result)

    def close(self) -> None:
        """Ask the work to end, and wait for that; what has not begun never will.

        Errors of work that nobody waits for are dropped.
        """
        with self._lock:
            self._closed = True
        if self.running:
            self._stop.set()
            self._ended.wait()

    def __enter__(self) -> Self:
        """Use it as a context, which closes it."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close it."""
        self.close()

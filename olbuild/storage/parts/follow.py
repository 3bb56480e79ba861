"""The hash that follows the complete beginning of a file while the rest arrives in any order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from olbuild.storage.parts.buffers import BLOCK, Buffers
from olbuild.storage.parts.stopping import Crew


class Sink(Protocol):
    """A file of blocks of ``BLOCK`` bytes, the last one shorter, that remembers which of them are complete."""

    def has(self, block: int) -> bool:
        """Whether a block is complete."""
        ...

    def write(self, block: int, data: memoryview) -> None:
        """Write a block; it is complete then."""
        ...

    def read(self, block: int, buffer: memoryview) -> None:
        """Fill a buffer with a complete block."""
        ...


class Follower:
    """Gives every block in order to ``hash_``: out of memory if it has just arrived there, else out of the file.

    ``offer`` and ``wake`` are called while ``crew.turn`` is held.
    """

    def __init__(
        self,
        sink: Sink,
        size: int,
        hash_: Callable[[memoryview], object],
        crew: Crew,
        release: Callable[[memoryview], object],
    ) -> None:
        """Begin at the start of the file. ``release`` is told of memory that is not needed here any more."""
        self._sink = sink
        self._size = size
        self._count = -(-size // BLOCK)
        self._hash = hash_
        self._release = release
        self._stop = crew.stop
        self._turn = crew.turn
        self._changed = crew.condition()
        self._handed: deque[memoryview] = deque()
        self._next = 0  # the first block that is neither hashed nor handed over
        self.done = False

    def offer(self, block: int, data: memoryview) -> bool:
        """Take a block that has just arrived, if it is the next one; its memory is released when it was hashed."""
        if block != self._next:
            return False
        self._handed.append(data)
        self._next += 1
        self._changed.notify()
        return True

    def wake(self) -> None:
        """Look again: a block is in the file now."""
        if not self._handed:
            self._changed.notify()

    def run(self) -> None:
        """Hash to the end; what one thread does."""
        own = Buffers(1).take()
        while True:
            with self._turn:
                handed = self._wait()
                if handed is None and self._next == self._count:
                    self.done = True
                    return
                block = self._next
                self._next += handed is None
            if handed is not None:
                self._hash(handed)
                self._release(handed)
            else:
                data = own[: min(BLOCK, self._size - block * BLOCK)]
                self._sink.read(block, data)
                self._hash(data)

    def _wait(self) -> memoryview | None:
        """Wait for the next block; ``None`` if it is in the file, or if there is none."""
        while not self._handed:
            self._stop.check()
            if self._next == self._count or self._sink.has(self._next):
                return None
            self._changed.wait(0.1)
        return self._handed.popleft()

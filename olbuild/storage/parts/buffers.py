"""Memory for bytes on their way, bounded for the whole process and aligned to pages."""

from __future__ import annotations

import mmap
import threading
from typing import cast

from olbuild.storage.parts.stopping import current

BLOCK = 1 << 20
"""The size of a buffer, and of the blocks in which parts are written and remembered, in bytes."""

_MOST = 24
_LOOK = 0.1  # seconds between looks whether the work shall stop


class Buffers:
    """A pool of buffers of ``BLOCK`` bytes. Who takes one waits while ``most`` are taken."""

    def __init__(self, most: int = _MOST) -> None:
        """Begin without memory."""
        self._most = most
        self._turn = threading.Condition()
        self._free: list[object] = []
        self._taken = 0

    def take(self) -> memoryview:
        """Return a buffer; its content means nothing.

        Raises:
            Stopped: if the work of this thread shall stop.
        """
        stop = current()
        with self._turn:
            while self._taken >= self._most:
                if stop:
                    stop.check()
                self._turn.wait(_LOOK)
            self._taken += 1
            memory = self._free.pop() if self._free else None
        return memoryview(mmap.mmap(-1, BLOCK) if memory is None else cast("mmap.mmap", memory))

    def give(self, buffer: memoryview) -> None:
        """Take a buffer, or a part of one, back. When nobody has one any more, the memory goes back to the system."""
        with self._turn:
            self._taken -= 1
            self._free.append(buffer.obj)
            if not self._taken:
                self._free.clear()
            self._turn.notify()


BUFFERS = Buffers()
"""The pool of the process."""

"""Blocks on their way into the file, and the memory that they are in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from olbuild.storage.parts.buffers import BUFFERS
from olbuild.storage.parts.follow import Sink
from olbuild.storage.parts.stopping import Crew

_LOOK = 0.1  # seconds between looks whether the work shall stop


class Writer:
    """Writes blocks in the order in which they arrive; some threads ``run`` it at once.

    ``take`` and ``idle`` are for who holds ``crew.turn``, which is notified when nothing is left.
    """

    def __init__(self, sink: Sink, crew: Crew) -> None:
        """Begin with nothing."""
        self._sink = sink
        self._stop = crew.stop
        self._turn = crew.turn
        self._arrival = crew.condition()
        self._waiting: deque[tuple[int, memoryview]] = deque()
        self._unwritten = 0
        self._uses: dict[int, tuple[int, memoryview]] = {}  # by the identity of the memory: by how many it is used

    @property
    def idle(self) -> bool:
        """Whether everything is written."""
        return not self._unwritten

    def take(self, block: int, data: memoryview, *, shared: bool) -> None:
        """Take over a block. Its memory goes back when it is written and, if ``shared``, was released by another."""
        self._uses[id(data.obj)] = (1 + shared, data)
        self._waiting.append((block, data))
        self._unwritten += 1
        self._arrival.notify()

    def release(self, data: memoryview) -> None:
        """Say that memory is not used any more by one of those that used it."""
        with self._turn:
            uses, _ = self._uses[id(data.obj)]
            if uses > 1:
                self._uses[id(data.obj)] = (uses - 1, data)
                return
            del self._uses[id(data.obj)]
        BUFFERS.give(data)

    def run(self, written: Callable[[], object]) -> None:
        """Write until the work stops; ``written`` is called after each block, while ``crew.turn`` is held."""
        while True:
            with self._turn:
                while not self._waiting:
                    self._stop.check()
                    self._arrival.wait(_LOOK)
                block, data = self._waiting.popleft()
            self._sink.write(block, data)
            self.release(data)
            with self._turn:
                self._unwritten -= 1
                written()
                if not self._unwritten:
                    self._turn.notify_all()

    def give_up(self) -> None:
        """Give all memory back; nobody runs any more."""
        for _, data in self._uses.values():
            BUFFERS.give(data)
        self._uses.clear()

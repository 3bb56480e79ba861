"""A file is hashed in a second thread while it is sent."""

from __future__ import annotations

import os
import threading

from olbuild.core.content import Descriptor, Verifier
from olbuild.storage.registry.connections import BLOCK

_AHEAD = 64 << 20  # bytes that hashing may be ahead, so that both read the same part of the file from memory


class Hashing:
    """Hashes a file in a thread of its own, not far ahead of what is sent."""

    def __init__(self, file: int, start: int, descriptor: Descriptor, where: str) -> None:
        """Begin with an open file, at an offset in it."""
        self._file = file
        self._start = start
        self._size = descriptor.size
        self._verifier = Verifier(descriptor, where)
        self._moved = threading.Condition()
        self._allowed = _AHEAD
        self._stopped = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="hash", daemon=True)
        self._thread.start()

    def follow(self, sent: int) -> None:
        """Allow to hash up to some bytes beyond what was sent."""
        if sent + _AHEAD >= self._allowed + (_AHEAD >> 2):
            with self._moved:
                self._allowed = sent + _AHEAD
                self._moved.notify()

    def finish(self) -> None:
        """Wait for the end.

        Raises:
            IntegrityError: if size or digest differ.
            OSError: if the file cannot be read.
        """
        self.follow(self._size)
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End early."""
        with self._moved:
            self._stopped = True
            self._moved.notify()
        self._thread.join()

    def _run(self) -> None:
        buffer = memoryview(bytearray(BLOCK))
        try:
            while (done := self._verifier.received) < self._size and self._wait(done):
                count = os.preadv(self._file, [buffer[: self._size - done]], self._start + done)
                if not count:
                    break
                self._verifier.update(buffer[:count])
            if not self._stopped:
                self._verifier.finish()
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            self._failure = error

    def _wait(self, done: int) -> bool:
        with self._moved:
            while not self._stopped and done >= self._allowed:
                self._moved.wait()
            return not self._stopped

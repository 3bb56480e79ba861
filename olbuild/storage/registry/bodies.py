"""Bodies of answers, read without a detour: urllib3 copies every byte once more, and reads until a buffer is full."""

from __future__ import annotations

import errno
import http.client
import io
import socket
from contextlib import suppress

import requests

from olbuild.storage.registry.connections import shut

_PIECE = 64 << 10


class Body:
    """The body of a response, which this owns. A read returns as soon as there is something."""

    def __init__(self, response: requests.Response, idle: float) -> None:
        """Take over a response whose body is unread; ``idle`` is for how many seconds it may be silent."""
        self.response = response
        answer = getattr(response.raw, "_fp", None)
        stream = getattr(answer, "fp", None)
        whole = isinstance(answer, http.client.HTTPResponse) and not answer.chunked
        self._answer = answer if whole and isinstance(stream, io.BufferedReader) else None
        self._socket: socket.socket | None = getattr(getattr(stream, "raw", None), "_sock", None)
        if self._socket is not None:
            with suppress(OSError):
                self._socket.settimeout(idle)  # urllib3 sets it anew for the next request

    def readinto(self, buffer: memoryview) -> int:
        """Fill the buffer from its start, in part or whole; 0 at the end.

        Raises:
            one of ``BROKEN``.
        """
        if self._answer is None:
            count: int = self.response.raw.readinto(buffer[:_PIECE])
            return count
        count = self._read(self._answer, buffer)
        if self._answer.isclosed():
            self._socket = None  # it is for others now
            self.response.raw.release_conn()
        return count

    def cut(self) -> None:
        """End a read that another thread waits in."""
        if self._socket is not None:
            shut(self._socket)

    def close(self) -> None:
        """Drop the connection, unless everything was read from it."""
        self.response.close()

    def _read(self, answer: http.client.HTTPResponse, buffer: memoryview) -> int:
        stream, left = answer.fp, answer.length
        if not isinstance(stream, io.BufferedReader):
            return 0
        if left is None:
            return stream.readinto1(buffer) or answer.readinto(buffer[:1])
        if left <= 1:  # the last byte is read by `http.client`, which sees that it is the last one
            count = answer.readinto(buffer[:1])
        else:
            count = stream.readinto1(buffer[: left - 1])
            answer.length = left - count
        if not count:
            raise ConnectionResetError(errno.ECONNRESET, "the body was cut short")
        return count

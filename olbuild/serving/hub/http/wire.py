"""The socket of a connection: bytes in both directions, with limits on how long they may take."""

from __future__ import annotations

import os
import select
import socket
import ssl
import time
from contextlib import suppress

from olbuild.serving.hub.http.messages import FileBody

_PIECE = 1 << 18
_STEP = 64 << 20  # the most that one call of `sendfile` is asked for, so that the pace is looked at now and then
_LEAST_RATE = 1024  # bytes a second; who is slower for longer than the grace holds a thread for nothing

_LINGER = 2.0  # seconds


class Gone(Exception):
    """The other side went away, or is too slow."""


class Wire:
    """A connected socket. Every wait is limited by ``stall`` seconds."""

    def __init__(self, connection: socket.socket, stall: float) -> None:
        """Take over a socket."""
        self.socket = connection
        self._stall = stall
        self._left = memoryview(b"")
        connection.settimeout(stall)

    def receive(self, buffer: memoryview) -> int:
        """Fill a buffer with what comes next; return how many bytes that was, 0 at the end.

        Raises:
            Gone: if nothing comes in time, or the connection broke.
        """
        if self._left:
            count = min(len(self._left), len(buffer))
            buffer[:count], self._left = self._left[:count], self._left[count:]
            return count
        try:
            return self.socket.recv_into(buffer)
        except OSError as error:
            raise Gone(str(error)) from error

    def read_some(self, wait: float) -> bytes:
        """Return the next bytes, however many; none at the end.

        Raises:
            Gone: if nothing comes within ``wait`` seconds, or the connection broke.
        """
        if self._left:
            data, self._left = bytes(self._left), memoryview(b"")
            return data
        try:
            self.socket.settimeout(max(wait, 0.001))
            return self.socket.recv(1 << 16)
        except OSError as error:
            raise Gone(str(error)) from error
        finally:
            self.socket.settimeout(self._stall)

    def unread(self, data: bytes) -> None:
        """Put bytes back that were read too far."""
        self._left = memoryview(data + bytes(self._left))

    def read_line(self, limit: int) -> bytes:
        """Return a line without its end.

        Raises:
            Gone: if it does not end within ``limit`` bytes.
        """
        data = b""
        while b"\n" not in data:
            if len(data) > limit:
                raise Gone("a line is too long")
            more = self.read_some(self._stall)
            if not more:
                raise Gone("the connection ended in a line")
            data += more
        line, _, rest = data.partition(b"\n")
        self.unread(rest)
        if len(line) > limit:
            raise Gone("a line is too long")
        return line.removesuffix(b"\r")

    def send(self, data: bytes) -> None:
        """Send bytes that are in memory.

        Raises:
            Gone: if they are not taken in time.
        """
        try:
            view = memoryview(data)
            while view:
                view = view[self.socket.send(view) :]
        except OSError as error:
            raise Gone(str(error)) from error

    def send_file(self, body: FileBody) -> None:
        """Send a part of a file: without copying it, unless it must be encrypted.

        Raises:
            Gone: if it is not taken in time.
        """
        pace = Pace(self._stall)
        offset, end = body.offset, body.offset + body.size
        try:
            while offset < end:
                there = end if body.available is None else min(end, body.available(offset))
                count = self._send_some(body, offset, there - offset)
                if not count:
                    raise Gone("the file became shorter")
                offset += count
                if body.available is None:  # else it is the other side that may be slow
                    pace.step(count)
        except OSError as error:
            raise Gone(str(error)) from error

    def linger(self) -> None:
        """End our side, and pass over what still comes: closing at once would take the answer away from the client."""
        end, left = time.monotonic() + _LINGER, _STEP
        try:
            self.socket.shutdown(socket.SHUT_WR)
            while left > 0 and time.monotonic() < end and (data := self.read_some(end - time.monotonic())):
                left -= len(data)
        except (OSError, Gone):
            pass

    def shut(self) -> None:
        """End both directions, from another thread: whoever waits for the other side goes on."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()

    def _send_some(self, body: FileBody, offset: int, size: int) -> int:
        if isinstance(self.socket, ssl.SSLSocket):
            piece = os.pread(body.file.fileno(), min(_PIECE, size), offset)
            self.send(piece)
            return len(piece)
        while True:
            try:
                return os.sendfile(self.socket.fileno(), body.file.fileno(), offset, min(_STEP, size))
            except BlockingIOError:
                poll = select.poll()
                poll.register(self.socket, select.POLLOUT)
                if not poll.poll(self._stall * 1000):
                    raise Gone("nothing was taken in time") from None


class Pace:
    """Ends a transfer that is kept alive by drops."""

    def __init__(self, grace: float) -> None:
        """Begin to count; nothing is too slow within the first ``grace`` seconds."""
        self._began = time.monotonic()
        self._grace = grace
        self._bytes = 0

    def step(self, count: int) -> None:
        """Count bytes.

        Raises:
            Gone: if they come too slowly.
        """
        self._bytes += count
        took = time.monotonic() - self._began
        if took > self._grace and self._bytes < took * _LEAST_RATE:
            raise Gone("it is too slow")

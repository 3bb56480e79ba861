"""Standard input and output for pygls. Nothing waits in a thread, so that a signal or the end of input ends all."""

from __future__ import annotations

import asyncio
import os
import stat
from typing import BinaryIO

_LONGEST_HEADER = 1 << 16


class Input:
    """Messages from standard input. What is no message is skipped up to the next line."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        """Read from a stream."""
        self._stream = stream

    @classmethod
    async def open(cls, file: BinaryIO) -> Input:
        """Watch a pipe, a socket or a terminal; a file is read at once."""
        stream = asyncio.StreamReader(limit=_LONGEST_HEADER)
        mode = os.fstat(file.fileno()).st_mode
        if stat.S_ISREG(mode) or os.path.samestat(os.fstat(file.fileno()), os.stat(os.devnull)):  # noqa: PTH116
            stream.feed_data(file.read())
            stream.feed_eof()
        else:
            loop = asyncio.get_running_loop()
            await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), file)
        return cls(stream)

    async def readline(self) -> bytes:
        """Return a line, nothing at the end of input."""
        try:
            return await self._stream.readline()
        except ValueError:  # longer than any header; what was read of it is dropped
            return b"\n"
        except ConnectionError:
            return b""

    async def readexactly(self, count: int) -> bytes:
        """Return a body, nothing if the input ends before that."""
        try:
            return await self._stream.readexactly(count)
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""


class Output:
    """Messages to standard output, past its buffer: the end of the program must not wait for a reader."""

    def __init__(self, file: BinaryIO) -> None:
        """Write to what a file writes to."""
        file.flush()
        self._descriptor = file.fileno()
        self._closed = False

    def write(self, data: bytes) -> None:
        """Write a message, or nothing once this is closed."""
        left = memoryview(data)
        while left and not self._closed:
            left = left[os.write(self._descriptor, left) :]

    def close(self) -> None:
        """Write no more."""
        self._closed = True

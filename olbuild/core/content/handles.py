"""Handles to bytes that are somewhere: in memory, in a file, in a registry, or virtual."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self, TypeAlias

from olbuild.core.records import Frozen

WriteBytes: TypeAlias = Callable[[memoryview | bytes], object]
"""Takes all of some bytes, which are valid during the call."""


class Reader(AbstractContextManager["Reader"], Protocol):
    """A stream of bytes that fills a caller's buffer. It is a context manager that closes it."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer from its start; return how many bytes were written, 0 at the end."""
        ...

    def close(self) -> None:
        """Release what the stream holds."""
        ...


class Content(Protocol):
    """Bytes that can be read many times, from any offset. Sizes and offsets are in bytes."""

    @property
    def size(self) -> int:
        """How many bytes there are."""
        ...

    def open(self, offset: int = 0, size: int | None = None) -> Reader:
        """Begin to read at an offset; at most ``size`` bytes, or to the end."""
        ...

    def read_at(self, offset: int, size: int) -> bytes:
        """Read at most ``size`` bytes at an offset; fewer only at the end."""
        ...


class BytesContent(Frozen):
    """Content that is in memory."""

    data: bytes

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data)

    def open(self, offset: int = 0, size: int | None = None) -> Reader:
        """Begin to read at an offset; at most ``size`` bytes, or to the end."""
        end = self.size if size is None else offset + size
        return _Stream(io.BytesIO(self.data if offset == 0 and end >= self.size else self.data[offset:end]))

    def read_at(self, offset: int, size: int) -> bytes:
        """Read at most ``size`` bytes at an offset."""
        return self.data[offset : offset + size]


FileState: TypeAlias = tuple[int, int, int, int, int]
"""Device, inode, size in bytes, and the times in nanoseconds at which content and inode were changed last."""


def file_state(status: os.stat_result) -> FileState:
    """Return what tells one state of a file from another."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


@dataclass(frozen=True, slots=True)
class FileContent:
    """Content that is a whole file on disk. ``path`` is what allows a store to reflink or hard-link it.

    ``verified`` is the state in which its bytes were known to match their digest; ``None`` if nobody vouches for them.
    """

    path: Path
    size: int
    verified: FileState | None = field(default=None, compare=False)

    @classmethod
    def of(cls, path: Path) -> Self:
        """Make a handle to a file as it is now.

        Raises:
            OSError: if it cannot be examined.
        """
        return cls(path, path.stat().st_size)

    def open(self, offset: int = 0, size: int | None = None) -> Reader:
        """Begin to read at an offset, unbuffered; at most ``size`` bytes, or to the end."""
        stream = io.FileIO(self.path, "rb")
        if offset:
            stream.seek(offset)
        return _Stream(stream) if size is None else _Limited(_Stream(stream), size)

    def read_at(self, offset: int, size: int) -> bytes:
        """Read at most ``size`` bytes at an offset."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.pread(descriptor, size, offset)
        finally:
            os.close(descriptor)


class _Stream:
    """Narrow an ``io`` stream to a ``Reader``."""

    __slots__ = ("_stream",)

    def __init__(self, stream: io.RawIOBase | io.BytesIO) -> None:
        self._stream = stream

    def readinto(self, buffer: memoryview, /) -> int:
        return self._stream.readinto(buffer) or 0

    def fileno(self) -> int:
        return self._stream.fileno()

    def close(self) -> None:
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stream.close()


class _Limited:
    """Ends a reader after a number of bytes."""

    __slots__ = ("_left", "_reader")

    def __init__(self, reader: Reader, size: int) -> None:
        self._reader = reader
        self._left = size

    def readinto(self, buffer: memoryview, /) -> int:
        count = self._reader.readinto(buffer[: self._left]) if self._left > 0 else 0
        self._left -= count
        return count

    def close(self) -> None:
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

"""Archives on disk, opened: as they are, or unpacked on the way. What is packed can only be read forwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from olbuild.core.content import Reader
from olbuild.core.records import Frozen
from olbuild.storage.archive.stream import Bytes, FileBytes, compression, unpacked


class Cursor(Frozen):
    """An open archive: its file, its bytes as they were before they were packed, and whether they are packed."""

    file: FileBytes
    stream: Bytes
    packed: bool

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def opened(path: Path, where: str) -> Cursor:
    """Open an archive. Whoever asks must close it.

    Raises:
        NotFoundError: if it is not there.
        FormatError: if it is packed in a way that olbuild does not read.
    """
    file = FileBytes(path, where)
    try:
        packed = compression(file.take(6)) is not None
        file.rewind()
        return Cursor(file, unpacked(file) if packed else file, packed)
    except BaseException:
        file.close()
        raise


@dataclass(slots=True)
class Cursors:
    """Keeps the last place in a packed archive, so that who reads it in its order unpacks it once."""

    path: Path
    where: str
    _last: Cursor | None = None
    _lock: Lock = field(default_factory=Lock)

    def __del__(self) -> None:
        """Close the file with the archive."""
        if self._last is not None:
            self._last.close()

    def take(self, position: int) -> Cursor:
        """Return a cursor that stands at a position of the unpacked archive."""
        with self._lock:
            cursor, self._last = self._last, None
        if cursor is not None and cursor.stream.position > position:
            cursor.close()
            cursor = None
        cursor = cursor or opened(self.path, self.where)
        cursor.stream.skip(position - cursor.stream.position)
        return cursor

    def give_back(self, cursor: Cursor) -> None:
        """Keep a cursor for the next one."""
        with self._lock:
            cursor, self._last = self._last or cursor, cursor
        if cursor is not self._last:
            cursor.close()


class Packed(Frozen):
    """A blob of a packed archive: ``size`` bytes from ``begin`` on of what was packed."""

    cursors: Cursors
    begin: int
    size: int

    def open(self, offset: int = 0, size: int | None = None) -> Reader:
        """Begin to read at an offset; at most ``size`` bytes, or to the end."""
        start = min(offset, self.size)
        left = self.size - start if size is None else min(size, self.size - start)
        return _Part(self.cursors, self.begin + start, left)

    def read_at(self, offset: int, size: int) -> bytes:
        """Read at most ``size`` bytes at an offset."""
        with self.open(offset, size) as reader:
            return Bytes(reader, self.cursors.where).take(min(size, max(0, self.size - offset)))


class _Part(Reader):
    """Reads a part of a packed archive."""

    def __init__(self, cursors: Cursors, begin: int, left: int) -> None:
        self._cursors = cursors
        self._cursor: Cursor | None = cursors.take(begin)
        self._left = left

    def readinto(self, buffer: memoryview, /) -> int:
        if self._cursor is None or not self._left or not len(buffer):
            return 0
        count = self._cursor.stream.readinto(buffer[: self._left])
        self._left -= count
        return count

    def close(self) -> None:
        cursor, self._cursor = self._cursor, None
        if cursor is not None:
            self._cursors.give_back(cursor)

    def __exit__(self, *_exception: object) -> None:
        self.close()

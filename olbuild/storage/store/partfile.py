"""A temporary file that is filled block by block in any order, and a record of which blocks it has.

The record is what lets a transfer go on that was killed: ``state/ingest/<hex>.blocks`` beside the data in
``state/ingest/<hex>``. It is a line of JSON, ``{"block":1048576,"format":1,"size":N}``, padded with blanks to 64 bytes
with the newline, and then one byte for each block: ``1`` if the block is complete in the data, else ``0``. The byte is
written after the block. Both files belong to who holds the lock of the data.

A record is a promise of a process and none of the disk: after a power cut a block may be missing that it names. The
digest of the whole tells.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from olbuild.core.content import canonical_json
from olbuild.core.errors import StoreError
from olbuild.storage.parts import BLOCK
from olbuild.storage.store.failures import writing

_HEADER = 64
_THERE, _MISSING = 0x31, 0x30
_O_DIRECT: int = getattr(os, "O_DIRECT", 0)  # Linux only
_WORTH_DIRECT = 64 << 20  # as in `ingest`


def record_of(path: Path) -> Path:
    """Return where the record of a temporary file is."""
    return path.with_name(path.name + ".blocks")


def blocks_of(path: Path, size: int) -> bytes | None:
    """Read the record of a temporary file for content of a size: a byte for each block, ``None`` if none is usable."""
    count = -(-size // BLOCK)
    header = _header(size)
    try:
        with open(record_of(path), "rb", opener=_no_link) as file:
            data = file.read(_HEADER + count + 1)
        there = data[_HEADER:]
        if not data.startswith(header) or len(there) != count or set(there) - {_THERE, _MISSING}:
            return None
        end = min(size, (there.rindex(b"1") + 1) * BLOCK) if b"1" in there else 0
        return there if path.lstat().st_size >= end else None
    except OSError:
        return None


def received_of(path: Path, size: int) -> int:
    """Return how many bytes of content of a size are complete in a temporary file."""
    there = blocks_of(path, size)
    if there is None:
        return 0
    last = size - (len(there) - 1) * BLOCK
    return there.count(b"1") * BLOCK - (BLOCK - last if there.endswith(b"1") else 0)


class PartFile:
    """Implements ``Sink`` over the temporary file at ``path``. Safe for threads that touch different blocks.

    Args:
        path: the file, locked by whoever makes this.
        size: how many bytes the content has.
        where: what errors name.
        recorded: whether to keep a record, and to go on from one.
    """

    def __init__(self, path: Path, size: int, where: Path, *, recorded: bool) -> None:
        """Open the file, and the record if there is to be one."""
        self._path = path
        self.size = size
        self._where = where
        self._record = -1
        count = -(-size // BLOCK)
        there = blocks_of(path, size) if recorded else None
        self.resumed = there is not None and b"1" in there
        """Whether some of it was there already."""
        self._blocks = bytearray(there or b"0" * count)
        with writing(where):
            self._plain = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            self._direct = self._open_direct() if size >= _WORTH_DIRECT else -1
            if recorded:
                self._record = os.open(record_of(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
                if there is None:
                    os.ftruncate(self._record, 0)
                    os.pwrite(self._record, _header(size) + bytes(self._blocks), 0)

    @property
    def received(self) -> int:
        """How many bytes are complete."""
        return sum(self._length(block) for block, there in enumerate(self._blocks) if there == _THERE)

    @property
    def end(self) -> int:
        """Where the last complete block ends."""
        return min(self.size, (self._blocks.rfind(b"1") + 1) * BLOCK)

    def has(self, block: int) -> bool:
        """Whether a block is complete."""
        return self._blocks[block] == _THERE

    def write(self, block: int, data: memoryview) -> None:
        """Write a block, then its mark in the record.

        Raises:
            ResourceError: if there is no space.
            StoreError: if it cannot be written.
        """
        offset = block * BLOCK
        with writing(self._where):
            done = self._write_direct(data, offset)
            while done < len(data):
                done += os.pwrite(self._plain, data[done:], offset + done)
            if self._record >= 0:
                os.pwrite(self._record, b"1", _HEADER + block)
        self._blocks[block] = _THERE

    def read(self, block: int, buffer: memoryview) -> None:
        """Fill a buffer with a complete block.

        Raises:
            StoreError: if it cannot be read.
        """
        offset = block * BLOCK
        with writing(self._where):
            done = self._read_direct(buffer, offset)
            while done < len(buffer):
                count = os.preadv(self._plain, [buffer[done:]], offset + done)
                if not count:
                    raise StoreError(f"{self._path} became shorter while it was read")
                done += count

    def close(self) -> None:
        """Close the files; both stay."""
        for descriptor in (self._plain, self._direct, self._record):
            if descriptor >= 0:
                os.close(descriptor)

    def _length(self, block: int) -> int:
        return min(BLOCK, self.size - block * BLOCK)

    def _open_direct(self) -> int:
        """Open the file past the page cache: it made writing 2 GiB three times slower. -1 if that cannot be."""
        if not _O_DIRECT:
            return -1
        try:
            return os.open(self._path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | _O_DIRECT)
        except OSError:
            return -1

    def _write_direct(self, data: memoryview, offset: int) -> int:
        if self._direct < 0 or len(data) != BLOCK:  # only whole blocks can bypass the page cache
            return 0
        try:
            written = os.pwrite(self._direct, data, offset)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            return 0
        return written if written == len(data) else 0

    def _read_direct(self, buffer: memoryview, offset: int) -> int:
        if self._direct < 0 or len(buffer) != BLOCK:
            return 0
        try:
            count = os.preadv(self._direct, [buffer], offset)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            return 0
        return count if count == len(buffer) else 0


def _header(size: int) -> bytes:
    return canonical_json({"block": BLOCK, "format": 1, "size": size}).ljust(_HEADER - 1) + b"\n"


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)

"""Streams that archives come from: read to the byte, passed over, and unpacked by what they begin with."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from olbuild.core.content import Reader
from olbuild.core.errors import FormatError, UsageError
from olbuild.storage.store.failures import reading

if TYPE_CHECKING:
    from zstandard import ZstdDecompressionReader

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_OTHERS = {b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"PK\x03\x04": "zip"}
_CHUNK = 1 << 20
_LARGEST_WINDOW = 128 << 20  # what `zstd` reads without being asked for more; a hostile stream may name terabytes


class StreamReader:
    """A reader over an open file of the system, which may be a pipe. Closing it leaves the file open."""

    def __init__(self, descriptor: int) -> None:
        """Read from where the file is."""
        self._file = io.FileIO(descriptor, "rb", closefd=False)

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer from its start; return how many bytes came, 0 at the end."""
        return self._file.readinto(buffer) or 0

    def close(self) -> None:
        """Leave it to its owner."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """End."""


class Bytes:
    """A reader that counts, and reads exact amounts; ``where`` names it in messages."""

    def __init__(self, reader: Reader, where: str) -> None:
        """Begin at the start of a stream."""
        self._reader = reader
        self.where = where
        self.position = 0

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer from its start; return how many bytes came, 0 at the end."""
        with reading(self.where):
            count = self._reader.readinto(buffer)
        self.position += count
        return count

    def take(self, size: int) -> bytes:
        """Read ``size`` bytes, fewer only at the end."""
        data = bytearray(size)
        filled = 0
        with memoryview(data) as view:
            while filled < size and (count := self.readinto(view[filled:])):
                filled += count
        return bytes(data[:filled])

    def skip(self, size: int) -> None:
        """Pass over ``size`` bytes.

        Raises:
            FormatError: if there are fewer.
        """
        buffer = memoryview(bytearray(min(size, _CHUNK)))
        while size:
            count = self.readinto(buffer[:size])
            if not count:
                raise FormatError(f"{self.where} ends early: {size} bytes are missing")
            size -= count


class FileBytes(Bytes):
    """Bytes of a file on disk, which are passed over without being read."""

    def __init__(self, path: Path, where: str) -> None:
        """Open the file; whoever asks must close it.

        Raises:
            NotFoundError: if it is not there.
            UsageError: if it is no regular file.
        """
        if path.exists() and not path.is_file():
            raise UsageError(f"{path} is not a regular file", hint="olbuild load - reads from standard input")
        with reading(where):
            self._file = io.FileIO(path, "rb")
        self._size = os.fstat(self._file.fileno()).st_size
        super().__init__(StreamReader(self._file.fileno()), where)

    def skip(self, size: int) -> None:
        """Pass over ``size`` bytes."""
        if size > self._size - self.position:
            missing = size - self._size + self.position
            raise FormatError(f"{self.where} ends early: {missing} bytes are missing")
        self.position = os.lseek(self._file.fileno(), size, os.SEEK_CUR)

    def rewind(self) -> None:
        """Go back to the start."""
        self.position = os.lseek(self._file.fileno(), 0, os.SEEK_SET)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def compression(head: bytes) -> str | None:
    """Tell how a stream that begins so is compressed: ``gzip``, ``zstd`` or not.

    Raises:
        FormatError: if it is compressed in another way.
    """
    if head.startswith(_GZIP):
        return "gzip"
    if head.startswith(_ZSTD):
        return "zstd"
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise FormatError(f"the archive is compressed with {name}, which olbuild does not read", hint="unpack it")
    return None


def unpacked(stream: Bytes) -> Bytes:
    """Return the bytes of a stream as they are, or unpacked if it begins as gzip or zstd does."""
    head = stream.take(6)
    whole = _Behind(head, stream)
    match compression(head):
        case "gzip":
            return Bytes(_Gunzip(whole, stream.where), stream.where)
        case "zstd":
            return Bytes(_Unzstd(whole, stream.where), stream.where)
        case _:
            return Bytes(whole, stream.where)


class _Source(Protocol):
    def readinto(self, buffer: memoryview, /) -> int: ...


class _Behind(Reader):
    """What was read already, then the rest."""

    def __init__(self, head: bytes, rest: _Source) -> None:
        self._head = head
        self._rest = rest

    def readinto(self, buffer: memoryview, /) -> int:
        if not self._head:
            return self._rest.readinto(buffer)
        count = min(len(buffer), len(self._head))
        buffer[:count], self._head = self._head[:count], self._head[count:]
        return count

    def read(self, size: int = -1) -> bytes:
        """Read as ``zstandard`` and ``zlib`` are given it."""
        buffer = bytearray(_CHUNK if size < 0 else size)
        return bytes(buffer[: self.readinto(memoryview(buffer))])

    def close(self) -> None:
        """Leave it to its owner."""

    def __exit__(self, *_exception: object) -> None:
        self.close()


class _Gunzip(Reader):
    """Unpacks gzip (RFC 1952), which may be of several members."""

    def __init__(self, packed: _Behind, where: str) -> None:
        import zlib  # noqa: PLC0415 - for packed archives only

        self._packed = packed
        self._where = where
        self._zlib = zlib
        self._inflate = zlib.decompressobj(wbits=31)
        self._begun = False

    def readinto(self, buffer: memoryview, /) -> int:
        while len(buffer):
            inflate = self._inflate
            if inflate.eof:
                self._inflate, self._begun = self._zlib.decompressobj(wbits=31), False
                chunk = inflate.unused_data or self._packed.read()
            else:
                chunk = inflate.unconsumed_tail or self._packed.read()
            if not chunk:
                if self._begun:
                    raise FormatError(f"{self._where} ends early: its gzip stream is cut off")
                return 0
            try:
                data = self._inflate.decompress(chunk, len(buffer))
            except self._zlib.error as error:
                if not self._begun and not chunk.startswith(_GZIP):
                    return 0  # padding behind the last member
                raise FormatError(f"{self._where} is damaged: {error}") from None
            self._begun = True
            if data:
                buffer[: len(data)] = data
                return len(data)
        return 0

    def close(self) -> None:
        """Nothing is open."""

    def __exit__(self, *_exception: object) -> None:
        self.close()


class _Unzstd(Reader):
    """Unpacks zstd (RFC 8878), which may be of several frames."""

    def __init__(self, packed: _Behind, where: str) -> None:
        import zstandard  # noqa: PLC0415 - for packed archives only

        self._where = where
        self._error = zstandard.ZstdError
        self._packed = packed
        unpack = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
        self._reader: ZstdDecompressionReader = unpack.stream_reader(packed, read_across_frames=True, closefd=False)  # type: ignore[arg-type]

    def readinto(self, buffer: memoryview, /) -> int:
        try:
            return self._reader.readinto(buffer) or 0
        except self._error as error:
            raise FormatError(f"{self._where} is damaged, or its zstd window too large: {error}") from None

    def close(self) -> None:
        """Nothing is open."""

    def __exit__(self, *_exception: object) -> None:
        self.close()

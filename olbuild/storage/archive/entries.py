"""The entries of a tar archive, read strictly (POSIX.1-2017, ``pax``; GNU long names and sizes as well).

Nothing is unpacked by its path, so a path can only be wrong. Links, sparse files and devices have no place in an image
layout and are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from olbuild.core.content import TAR_BLOCK
from olbuild.core.errors import FormatError
from olbuild.core.records import Frozen
from olbuild.storage.archive.stream import Bytes

_MOST = 100_000
_LARGEST_EXTENSION = 64 << 10
_LARGEST_SIZE = 1 << 50
_FILES = {b"0", b"\0", b"7"}
_FOLDER, _EXTENDED, _GLOBAL, _LONG_NAME, _SPARSE = b"5", b"x", b"g", b"L", b"S"
_KINDS = {b"1": "a link", b"2": "a symbolic link", b"3": "a device", b"4": "a device", b"6": "a pipe", b"S": "sparse"}
_BASE_256 = 0x80


class Entry(Frozen):
    """A file of an archive, whose bytes are read from ``readinto`` before the next entry is asked for.

    ``begin`` is where they begin in the unpacked archive.
    """

    path: str
    size: int
    begin: int
    stream: Bytes

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer from its start; return how many bytes came, 0 at the end of the file.

        Raises:
            FormatError: if the archive ends inside of it.
        """
        left = self.begin + self.size - self.stream.position
        if left <= 0 or not len(buffer):
            return 0
        count = self.stream.readinto(buffer[:left])
        if not count:
            raise FormatError(f"{self.stream.where} ends early: {left} bytes of {self.path} are missing")
        return count

    def read(self, limit: int) -> bytes:
        """Read the whole file.

        Raises:
            FormatError: if it has more than ``limit`` bytes, or the archive ends inside of it.
        """
        if self.size > limit:
            raise FormatError(f"{self.stream.where}: {self.path} is larger than {limit} bytes")
        data = bytearray(self.size)
        filled = 0
        with memoryview(data) as view:
            while filled < self.size:
                filled += self.readinto(view[filled:])
        return bytes(data)

    def close(self) -> None:
        """Leave the archive open."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """End."""


def entries(stream: Bytes, *, files_only: bool = False) -> Iterator[Entry]:
    """Walk the files of an archive in their order. What was not read of one is passed over.

    ``files_only`` passes over links and devices too, which the layers of an image have.

    Raises:
        FormatError: if it is no tar archive, ends early, or holds what an image layout cannot hold.
    """
    extended: dict[str, str] = {}
    for number in range(_MOST + 1):
        block = stream.take(TAR_BLOCK)
        if not block.strip(b"\0") and len(block) in {0, TAR_BLOCK} and (number or block):
            return
        kind, path, size = _fields(block, stream, first=not number)
        if kind in {_EXTENDED, _GLOBAL, _LONG_NAME}:
            data = _extension(stream, size)
            if kind == _EXTENDED:
                extended.update(_records(data, stream.where))
            elif kind == _LONG_NAME:
                extended["path"] = data.rstrip(b"\0").decode("utf-8", "replace")
            continue
        path, size = _checked(path, size, extended, stream.where)
        extended = {}
        if kind == _FOLDER:
            continue
        if kind not in _FILES and (not files_only or kind == _SPARSE):
            raise FormatError(f"{stream.where}: {path} is {_KINDS.get(kind, 'no file')}, which no image layout holds")
        begin = stream.position
        if kind in _FILES:
            yield Entry(path, size, begin, stream)
        stream.skip(begin + size + (-size % TAR_BLOCK) - stream.position)
    raise FormatError(f"{stream.where} has more than {_MOST} entries")


def _fields(block: bytes, stream: Bytes, *, first: bool) -> tuple[bytes, str, int]:
    if len(block) != TAR_BLOCK:
        reason = "is no tar archive" if first else "ends early, inside a header"
        raise FormatError(f"{stream.where} {reason}")
    stated = _number(block[148:156])
    summed = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    size = _number(block[124:136])
    if stated != summed or size is None:
        if first:
            raise FormatError(f"{stream.where} is no tar archive")
        raise FormatError(f"{stream.where} is damaged: the header at {stream.position - TAR_BLOCK} is none")
    path = block[:100].partition(b"\0")[0]
    prefix = block[345:500].partition(b"\0")[0] if block[257:263] == b"ustar\0" else b""
    whole = prefix + b"/" + path if prefix else path
    return block[156:157], whole.decode("utf-8", "replace"), size


def _number(field: bytes) -> int | None:
    """Read a number: octal, or in GNU's way for what is too large for that."""
    if field[0] == _BASE_256:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if digits.strip(b"01234567"):
        return None
    return int(digits or b"0", 8)


def _extension(stream: Bytes, size: int) -> bytes:
    if size > _LARGEST_EXTENSION:
        raise FormatError(f"{stream.where}: an extended header is larger than {_LARGEST_EXTENSION} bytes")
    data = stream.take(size)
    if len(data) != size:
        raise FormatError(f"{stream.where} ends early, inside an extended header")
    stream.skip(-size % TAR_BLOCK)
    return data


def _records(data: bytes, where: str) -> dict[str, str]:
    """Read the records of an extended header: ``LENGTH KEY=VALUE`` and a line end, the length counting all of it."""
    found: dict[str, str] = {}
    while data:
        length, blank, _ = data[:12].partition(b" ")
        end = int(length) if blank and length.isdigit() else 0
        record = data[len(length) + 1 : end]
        key, equals, value = record[:-1].partition(b"=")
        if not equals or record[-1:] != b"\n" or end > len(data):
            raise FormatError(f"{where} is damaged: an extended header is none")
        found[key.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        data = data[end:]
    return found


def _checked(path: str, size: int, extended: dict[str, str], where: str) -> tuple[str, int]:
    """Return path and size as they are meant; the path without the ``./`` that many write in front."""
    if any(key.startswith("GNU.sparse") for key in extended):
        raise FormatError(f"{where}: {path} is sparse, which no image layout holds")
    path = extended.get("path", path)
    stated = extended.get("size", str(size))
    if not (stated.isascii() and stated.isdigit() and len(stated) <= len(str(_LARGEST_SIZE))):
        raise FormatError(f"{where}: {path[:100]!r} has the size {stated[:30]!r}")
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if path.startswith("/") or ".." in parts:
        raise FormatError(f"{where}: the path {path[:100]!r} leaves the archive")
    if int(stated) > _LARGEST_SIZE:
        raise FormatError(f"{where}: {path[:100]!r} claims {stated} bytes")
    return "/".join(parts), int(stated)

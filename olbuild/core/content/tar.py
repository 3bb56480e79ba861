"""Headers of tar archives, written in one form: POSIX.1-2001 (``pax``), with the fields of ``ustar``.

The same path and size give the same bytes, always and everywhere: no time, no owner, and not Python's ``tarfile``,
whose output changed between versions. What does not fit the fields of ``ustar`` (8 GiB, 100 bytes of a path) gets an
extended header, which every current reader knows.
"""

from __future__ import annotations

TAR_BLOCK = 512
"""Headers and contents begin at multiples of so many bytes."""

TAR_END = bytes(2 * TAR_BLOCK)
"""What an archive ends with."""

_LARGEST = 8**11 - 1  # eleven octal digits
_LONGEST = 100
_PAGE = 4096  # of memory, and the block of most file systems
_SHORTEST = len("12 comment=\n")
_CHECKSUM = slice(148, 156)
_FILE, _FOLDER, _EXTENDED = b"0", b"5", b"x"


def tar_file(path: str, size: int, *, before: int | None = None) -> bytes:
    """Return what stands before the ``size`` bytes of a file, which anybody may read and its owner write.

    ``before`` is how many bytes of the archive stand before that. If it is given, a comment makes the file begin at a
    multiple of 4096 bytes: a file system that shares blocks can share those of the file then.
    """
    return _entry(path, size, _FILE, 0o644, before)


def tar_folder(path: str) -> bytes:
    """Return the entry of a folder."""
    return _entry(f"{path.rstrip('/')}/", 0, _FOLDER, 0o755)


def tar_padding(size: int) -> bytes:
    """Return what stands behind the ``size`` bytes of a file."""
    return bytes(-size % TAR_BLOCK)


def _entry(path: str, size: int, kind: bytes, mode: int, start: int | None = None) -> bytes:
    name = path.encode()
    records = b""
    if len(name) > _LONGEST or not path.isascii():
        records += _record("path", path)
        name = path.encode("ascii", "replace")[:_LONGEST]
    if size > _LARGEST:
        records += _record("size", str(size))
    if start is not None:
        records += _comment(start, len(records))
    before = b""
    if records:
        before = _header(b"PaxHeaders/0", len(records), _EXTENDED, 0o644) + records + tar_padding(len(records))
    return before + _header(name, size if size <= _LARGEST else 0, kind, mode)


def _comment(start: int, records: int) -> bytes:
    """Return a record that says nothing, and fills the extended header up so that what follows begins at a page."""
    filled = -(-(records + _SHORTEST) // TAR_BLOCK) * TAR_BLOCK
    filled += -(start + 2 * TAR_BLOCK + filled) % _PAGE
    length = filled - records
    return _record("comment", "." * (length - len(str(length)) - len(" comment=\n")))


def _header(name: bytes, size: int, kind: bytes, mode: int) -> bytes:
    """Write the fields of ``ustar`` (POSIX.1-2017, ``pax``, "ustar Interchange Format")."""
    fields = (
        name.ljust(_LONGEST, b"\0"),
        b"%07o\0" % mode,
        b"%07o\0" % 0,  # owner
        b"%07o\0" % 0,  # group
        b"%011o\0" % size,
        b"%011o\0" % 0,  # time
        b" " * 8,  # the checksum counts as blanks in itself
        kind,
        bytes(100),  # target of a link
        b"ustar\x0000",
        bytes(32 + 32),  # names of owner and group
        b"%07o\0" % 0,  # device
        b"%07o\0" % 0,
        bytes(155 + 12),
    )
    header = bytearray(b"".join(fields))
    header[_CHECKSUM] = b"%06o\0 " % sum(header)
    return bytes(header)


def _record(key: str, value: str) -> bytes:
    """Write a record of an extended header: length, blank, key, ``=``, value, line end. The length counts itself."""
    rest = f" {key}={value}\n".encode()
    length = len(rest)
    while len(str(length)) + len(rest) != length:
        length = len(str(length)) + len(rest)
    return str(length).encode() + rest

"""A cursor over the start of a file: reads in few, growing pieces, holds a bounded window, never passes the end."""

from __future__ import annotations

import re
import struct
from functools import cache

from olbuild.core.content import Content
from olbuild.core.errors import FormatError

_FIRST = 256 << 10  # the header of a small model in one read, and not much of a large one's tensors
_LARGEST = 8 << 20
_LENGTH = struct.Struct("<Q")
_SHORT = 64  # bytes: all but a few strings of a vocabulary are shorter
_TOGETHER = 64  # strings that are passed over at once


class Cursor:
    """The next unread byte of a file is at ``position``. Every method that reads moves it.

    ``data`` is the window: it begins at byte ``base`` of the file. The window is replaced when it is used up, and what
    was skipped is not read. Every method raises ``FormatError``, with what was wanted and at which byte, if the file
    ends before it.
    """

    __slots__ = ("_content", "_piece", "base", "data", "end", "position", "where")

    def __init__(self, content: Content, where: str) -> None:
        """Stand at the first byte; ``where`` names the file in messages."""
        self._content = content
        self._piece = _FIRST
        self.where = where
        self.end = content.size
        self.position = 0
        self.base = 0
        self.data = b""

    def fail(self, what: str, *, hint: str | None = None, at: int | None = None) -> FormatError:
        """Make the error that something at a byte (default: here) is wrong."""
        return FormatError(f"{self.where}: {what} at byte {self.position if at is None else at}", hint=hint)

    def need(self, count: int, what: str) -> int:
        """Have the next ``count`` bytes in the window; return where in ``data`` they begin."""
        start = self.position - self.base
        if start + count <= len(self.data):
            return start
        if count > self.end - self.position:
            raise self.fail(
                f"the file ends after {self.end} bytes, inside {what} that begins",
                hint="the file is truncated or its header lies; get it again and compare its digest",
            )
        kept = self.data[start:]  # empty when skipping led past the window
        begin = self.position + len(kept)
        wanted = min(max(self._piece, count - len(kept)), self.end - begin)
        fresh = self._content.read_at(begin, wanted)
        if len(fresh) < count - len(kept):
            raise self.fail(f"the file ended early, inside {what} that begins")
        self.data = kept + fresh
        self.base = self.position
        self._piece = min(self._piece * 2, _LARGEST)
        return 0

    def number(self, layout: struct.Struct, what: str) -> int | float | bool:
        """Read one number."""
        start = self.need(layout.size, what)
        value: int | float | bool = layout.unpack_from(self.data, start)[0]
        self.position += layout.size
        return value

    def length(self, what: str) -> int:
        """Read an unsigned 64-bit length, count or offset."""
        start = self.need(8, what)
        value: int = _LENGTH.unpack_from(self.data, start)[0]
        self.position += 8
        return value

    def bytes(self, limit: int, what: str) -> bytes:
        """Read a string of at most ``limit`` bytes."""
        begin = self.position
        size = self.length(what)
        if size > limit:
            raise self.fail(f"{what} claims {size} bytes, more than {limit},", at=begin)
        start = self.need(size, what)
        self.position += size
        return self.data[start : start + size]

    def skip(self, size: int, what: str) -> None:
        """Pass over bytes without reading them."""
        if size > self.end - self.position:
            raise self.fail(f"{what} claims {size} bytes, more than the file has,")
        self.position += size

    def skip_strings(self, count: int, what: str) -> None:
        """Pass over strings. The loop is the cost of reading a header: a vocabulary has 150,000 of them, twice."""
        unpack, failures, match = _LENGTH.unpack_from, (struct.error, OverflowError), _short_strings().match
        done = 0
        while done < count:
            at = self.need(8, what)
            data = self.data
            while count - done >= _TOGETHER and (found := match(data, at)):
                at, done = found.end(), done + _TOGETHER
            end = min(done + _TOGETHER, count)
            try:
                while done < end:
                    at += 8 + unpack(data, at)[0]
                    done += 1
            except failures:  # the next length is beyond the window
                pass
            self.position = self.base + at
            if self.position > self.end:
                raise self.fail(f"a string in {what} reaches past the end of the file, to byte {self.position},")


@cache
def _short_strings() -> re.Pattern[bytes]:
    """Return what matches so many short strings, each behind its length: twice as fast as a loop."""
    strings = (re.escape(_LENGTH.pack(size)) + b".{%d}" % size for size in range(_SHORT))
    return re.compile(b"(?:%b){%d}+" % (b"|".join(strings), _TOGETHER), re.DOTALL)

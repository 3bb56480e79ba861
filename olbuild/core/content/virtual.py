"""Virtual content: a region of other content, and pieces one after another. Nothing is copied to make them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Self

from olbuild.core.content.handles import Content, Reader
from olbuild.core.content.parallel import Slots, as_parallel, open_part
from olbuild.core.records import Frozen


class RegionContent(Frozen):
    """``size`` bytes of other content from ``offset`` on, such as one part of a file of weights.

    Raises:
        ValueError: if the region is not inside the content.
    """

    whole: Content
    offset: int
    size: int

    def __post_init__(self) -> None:
        """Check that the region exists."""
        if self.offset < 0 or self.size < 0 or self.offset + self.size > self.whole.size:
            raise ValueError(f"{self.size} bytes at {self.offset} are not inside {self.whole.size} bytes")

    def open(self, offset: int = 0, size: int | None = None) -> Reader:
        """Begin to read at an offset; at most ``size`` bytes, or to the end."""
        start = min(offset, self.size)
        left = self.size - start
        return self.whole.open(self.offset + start, left if size is None else min(size, left))

    @property
    def parallel(self) -> Slots | None:
        """What limits the readers, as of the whole."""
        whole = as_parallel(self.whole)
        return None if whole is None else whole.parallel

    def open_part(self, offset: int, size: int) -> Reader:
        """Begin to read a part; see ``ParallelContent``."""
        start = min(offset, self.size)
        return open_part(self.whole, self.offset + start, min(size, self.size - start))

    def read_at(self, offset: int, size: int) -> bytes:
        """Read at most ``size`` bytes at an offset."""
        start = min(offset, self.size)
        return self.whole.read_at(self.offset + start, min(size, self.size - start))


@dataclass(frozen=True, slots=True)
class JoinedContent:
    """Pieces of content as one, in their order, such as the parts that a file of weights was split into."""

    pieces: tuple[Content, ...]
    _ends: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Add up where each piece ends."""
        object.__setattr__(self, "_ends", tuple(accumulate(piece.size for piece in self.pieces)))

    @property
    def size(self) -> int:
        """How many bytes there are together."""
        return self._ends[-1] if self._ends else 0

    def open(self, offset: int = 0, size: int | None = None) -> Reader:
        """Begin to read at an offset; at most ``size`` bytes, or to the end. One piece is open at a time."""
        end = self.size if size is None else min(offset + size, self.size)
        return _Joined(self, offset, end, _open)

    @property
    def parallel(self) -> Slots | None:
        """What limits the readers: as of the first piece, if several readers help with every piece."""
        pieces = [as_parallel(piece) for piece in self.pieces]
        return pieces[0].parallel if pieces and pieces[0] is not None and all(pieces) else None

    def open_part(self, offset: int, size: int) -> Reader:
        """Begin to read a part; see ``ParallelContent``."""
        return _Joined(self, offset, min(offset + size, self.size), open_part)

    def read_at(self, offset: int, size: int) -> bytes:
        """Read at most ``size`` bytes at an offset."""
        found = bytearray()
        end = min(offset + size, self.size)
        while offset + len(found) < end:
            piece, start = self.at(offset + len(found))
            data = piece.read_at(start, min(end - offset - len(found), piece.size - start))
            if not data:
                break
            found += data
        return bytes(found)

    def at(self, offset: int) -> tuple[Content, int]:
        """Return the piece that holds a byte, and where in it."""
        index = bisect_right(self._ends, offset)
        piece = self.pieces[index]
        return piece, offset - self._ends[index] + piece.size


_Open = Callable[[Content, int, int], Reader]


def _open(piece: Content, offset: int, size: int) -> Reader:
    return piece.open(offset, size)


class _Joined:
    """Reads one piece after another."""

    def __init__(self, content: JoinedContent, offset: int, end: int, open_piece: _Open) -> None:
        self._content = content
        self._open = open_piece
        self._offset = offset
        self._end = end
        self._until = offset
        self._reader: Reader | None = None

    def readinto(self, buffer: memoryview, /) -> int:
        while len(buffer):
            if self._reader is None:
                if self._offset >= self._end:
                    return 0
                piece, start = self._content.at(self._offset)
                length = min(piece.size - start, self._end - self._offset)
                self._reader, self._until = self._open(piece, start, length), self._offset + length
            count = self._reader.readinto(buffer)
            self._offset += count
            if count or self._offset < self._until:
                return count  # a piece that ends early ends everything: whoever verifies sees that bytes are missing
            self.close()
        return 0

    def close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

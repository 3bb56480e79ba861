"""The files in a layer of somebody's: a tar archive, packed or not, of which no more comes out than is likely."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.core.content import Content, Reader
from olbuild.core.errors import FormatError
from olbuild.storage.archive.entries import Entry, entries
from olbuild.storage.archive.stream import Bytes, unpacked

_ALWAYS = 1 << 30
"""So many bytes come out of any layer, however small: a model of zeros is a model."""

_LARGEST_RATIO = 64
"""Weights shrink by a tenth, texts to a tenth. What shrinks more than this was made to fill a disk."""


def files_in(content: Content, where: str) -> Iterator[Entry]:
    """Walk the regular files of a layer in their order; links, folders and devices are passed over.

    Args:
        content: the layer: a tar archive, as it is or compressed with gzip or zstd.
        where: what messages call it.

    Raises:
        FormatError: if it is no such archive, damaged, cut short, or larger than can be meant well.
    """
    with content.open() as reader:
        inside = unpacked(Bytes(reader, where))
        yield from entries(Bytes(_Bounded(inside, content.size), where), files_only=True)


class _Bounded(Reader):
    """Ends with an error after too many bytes."""

    def __init__(self, stream: Bytes, size: int) -> None:
        self._stream = stream
        self._limit = self._left = max(_ALWAYS, _LARGEST_RATIO * size)

    def readinto(self, buffer: memoryview, /) -> int:
        count = self._stream.readinto(buffer)
        self._left -= count
        if self._left < 0:
            raise FormatError(
                f"{self._stream.where} holds more than {self._limit:,} bytes, which its own size makes unlikely",
                hint="it was made to fill a disk; if you trust it, unpack it and build from its files",
            )
        return count

    def close(self) -> None:
        """Leave it to its owner."""

    def __exit__(self, *_exception: object) -> None:
        self.close()

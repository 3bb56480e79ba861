"""Content that several readers read at once, with faults, and files to fetch it into."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from olbuild.core.content import Reader, WholeOnlyError
from olbuild.storage.parts import BLOCK


class Places:
    """Slots without a registry."""

    def __init__(self, most: int = 4) -> None:
        self.most = most
        self.likely = 1
        self.ranges: bool | None = None
        self.learnt: list[tuple[bool, int]] = []
        self.taken = 0
        self.highest = 0
        self._lock = threading.Lock()

    @property
    def crowded(self) -> bool:
        return self.taken > self.most

    def learn(self, *, ranges: bool, readers: int = 1) -> None:
        self.learnt.append((ranges, readers))

    def take(self, *, first: bool) -> bool:
        with self._lock:
            if self.taken >= self.most and not first:
                return False
            self.taken += 1
            self.highest = max(self.highest, self.taken)
            return True

    def give(self) -> None:
        with self._lock:
            self.taken -= 1


@dataclass
class Remote:
    """Bytes from afar. ``fault`` is called before each read with the offset, and may raise or wait."""

    data: bytes
    ranges: bool = True
    most: int = 40_000
    fault: Callable[[int], None] = lambda _offset: None
    parallel: Places = field(default_factory=Places)
    opened: list[tuple[int, int]] = field(default_factory=list)
    sent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self, offset: int = 0, size: int | None = None) -> Reader:
        end = len(self.data) if size is None else min(len(self.data), offset + size)
        return _Reader(self, offset, end, strict=False)

    def open_part(self, offset: int, size: int) -> Reader:
        return _Reader(self, offset, min(len(self.data), offset + size), strict=True)

    def read_at(self, offset: int, size: int) -> bytes:
        return self.data[offset : offset + size]


class _Reader:
    def __init__(self, remote: Remote, offset: int, end: int, *, strict: bool) -> None:
        self._remote = remote
        self._offset = offset
        self._end = end
        self._refuse = strict and offset > 0 and not remote.ranges
        with remote.lock:
            remote.opened.append((offset, end))

    def readinto(self, buffer: memoryview, /) -> int:
        if self._offset >= self._end:
            return 0
        self._remote.fault(self._offset)
        if self._refuse:
            raise WholeOnlyError
        count = min(len(buffer), self._end - self._offset, self._remote.most)
        buffer[:count] = self._remote.data[self._offset : self._offset + count]
        self._offset += count
        with self._remote.lock:
            self._remote.sent += count
        return count

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass


class Blocks:
    """A sink in memory. ``fault`` is called before each write with the block."""

    def __init__(self, size: int, fault: Callable[[int], None] = lambda _block: None) -> None:
        self.data = bytearray(size)
        self.there: set[int] = set()
        self.written: list[int] = []
        self.fault = fault

    def has(self, block: int) -> bool:
        return block in self.there

    def write(self, block: int, data: memoryview) -> None:
        self.fault(block)
        self.data[block * BLOCK : block * BLOCK + len(data)] = data
        self.there.add(block)
        self.written.append(block)

    def read(self, block: int, buffer: memoryview) -> None:
        assert block in self.there
        buffer[:] = self.data[block * BLOCK : block * BLOCK + len(buffer)]

"""Huge pages for what a processor reads for each token: their addresses cost far less to translate.

The weights are read once for each token, and are not in the caches by then. In pages of 4 KiB it takes about a tenth of
the time to find out where they are, in a virtual machine above all. Linux gives pages of 2 MiB to memory that asks for
them, but hardly to files that are mapped; and who asks while a model is loaded waits until memory has been tidied up.
So it is done behind an answer, piece by piece, while nobody wants anything.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import ClassVar
from weakref import WeakSet

from olbuild.core.records import Frozen, replace
from olbuild.running.devices import free_memory, usable_memory

_PIECE = 2 << 20  # bytes: a huge page of x86-64, and of ARM with pages of 4 KiB
_SPARE = 4  # one part in so many of the memory stays free
_LOOKS = 64  # at pieces, before somebody else may want something

_SETTINGS = Path("sys/kernel/mm/transparent_hugepage")
_COLLAPSE = 25  # MADV_COLLAPSE, since Linux 6.1
_MAYMOVE, _FIXED = 1, 2  # of mremap
_FAILED = ctypes.c_void_p(-1).value


class Region(Frozen):
    """A part of the address space: ``name`` is that of the file that is mapped, or empty."""

    start: int
    end: int
    access: str
    name: str

    @property
    def is_own(self) -> bool:
        """Whether it is memory that this process writes, and no other one sees."""
        return self.access == "rw-p" and not self.name

    def overlaps(self, other: Region) -> bool:
        """Whether they have addresses in common."""
        return self.start < other.end and other.start < self.end

    def pieces(self) -> Iterator[Region]:
        """Yield the parts that huge pages can take."""
        for start in range(-(-self.start // _PIECE) * _PIECE, self.end - _PIECE + 1, _PIECE):
            yield replace(self, start=start, end=start + _PIECE)


class HugePages:
    """Puts into huge pages what came with a model.

    To be made before it is loaded; ``look`` follows when it is, and ``close`` when it has gone.

    Ordinary memory is collapsed by the kernel (``MADV_COLLAPSE``). What is mapped of a file is copied, and the copy
    takes the place of the mapping, at the same addresses and in one system call; as both are read-only, nobody sees
    a difference. Only what was read since the first move is copied: the tensors that llama.cpp keeps in an order of its
    own, and experts that nobody has asked, stay in the file.

    Args:
        files: the GGUF files that llama.cpp maps. Where two models of a process have one in common, it stays as it
            is: nobody could say which of its mappings is whose.
    """

    _all: ClassVar[WeakSet[HugePages]] = WeakSet()
    _turn: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, files: Sequence[Path]) -> None:
        """Remember what is there before."""
        self._files = frozenset(map(os.path.realpath, files))
        with self._turn:
            self._all.add(self)
        self._before = _maps() if is_possible() else ""  # read while everybody waits for the model, taken apart later
        self._after = ""
        self._alone: frozenset[str] = frozenset()
        self._pieces: deque[tuple[int, bool]] = deque()  # where, and whether it is mapped
        self._looks = 0  # left until all were looked at

    def look(self) -> None:
        """Take note of what has come since."""
        self._after = _maps() if self._before else ""
        with self._turn:
            self._alone = self._files.difference(*(one._files for one in self._all if one is not self))  # noqa: SLF001

    def move(self) -> bool:
        """Move one piece, or look at some; return whether to go on now, or later when more has been read."""
        if self._after and self._find():
            return False
        for _ in range(min(_LOOKS, self._looks)):
            self._looks -= 1
            start, mapped = piece = self._pieces.popleft()
            if not _is_used(start):
                self._pieces.append(piece)
            elif not mapped:
                _libc().madvise(start, _PIECE, _COLLAPSE)  # where it cannot be done, nothing is lost
                return True
            elif _has_room() and _replace(start):
                return True
            else:
                self._pieces.append(piece)
                self._looks = 0
        if self._looks:
            return True
        self._looks = len(self._pieces)
        return False

    def close(self) -> None:
        """Take note that nothing of the files is mapped any more."""
        with self._turn:
            self._all.discard(self)

    def _find(self) -> bool:
        """Find the pieces; return whether some are mapped, of which has to be seen first what is read."""
        before, after, mapped = tuple(regions(self._before)), tuple(regions(self._after)), False
        self._after = ""
        for region in filter(lambda region: region.is_own, after):
            old = [one for one in before if one.is_own and one.overlaps(region)]
            self._pieces += [(piece.start, False) for piece in region.pieces() if not any(map(piece.overlaps, old))]
        for name in self._alone:
            new = [one for one in after if one.name == name and not any(map(one.overlaps, before))]
            if len(new) == 1 and new[0].access.startswith("r--"):
                pieces = list(new[0].pieces())
                # Loading has touched all of a file; what is read from here on is found again in the system's memory.
                if pieces and _libc().madvise(pieces[0].start, len(pieces) * _PIECE, mmap.MADV_DONTNEED) == 0:
                    self._pieces += [(piece.start, True) for piece in pieces]
                    mapped = True
        self._looks = len(self._pieces)
        return mapped


def is_possible(root: Path = Path("/")) -> bool:
    """Whether the system has such pages for who asks. ``root`` stands in for the file system's in tests."""
    if sys.platform != "linux":
        return False
    try:
        size = int((root / _SETTINGS / "hpage_pmd_size").read_text("ascii"))
        return size == _PIECE and "[never]" not in (root / _SETTINGS / "enabled").read_text("ascii")
    except (OSError, ValueError):
        return False


def regions(maps: str | None = None) -> Iterator[Region]:
    """Yield what is in the address space of this process, now or as ``/proc/self/maps`` said it."""
    for line in (_maps() if maps is None else maps).splitlines():
        where, access, _offset, _device, _inode, *name = line.split(maxsplit=5)
        start, _, end = where.partition("-")
        yield Region(int(start, 16), int(end, 16), access, name[0] if name else "")


def _maps() -> str:
    try:
        return Path("/proc/self/maps").read_text("utf-8", "replace")
    except OSError:
        return ""


def _is_used(start: int) -> bool:
    """Whether at least half of a piece is in memory."""
    entries = _PIECE // mmap.PAGESIZE
    try:
        with Path("/proc/self/pagemap").open("rb", buffering=0) as pagemap:
            found = os.pread(pagemap.fileno(), 8 * entries, start // mmap.PAGESIZE * 8)
    except OSError:
        return False
    return 2 * sum(byte >> 7 for byte in found[7::8]) >= entries  # the highest bit of each entry


def _has_room() -> bool:
    free, memory = free_memory(), usable_memory()
    return free is not None and memory is not None and free > memory // _SPARE


def _replace(start: int) -> bool:
    """Put a copy in huge pages in the place of a piece; whether that was possible."""
    libc = _libc()
    area = libc.mmap(None, 2 * _PIECE, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
    if area == _FAILED:
        return False
    copy = -(-area // _PIECE) * _PIECE
    libc.madvise(copy, _PIECE, mmap.MADV_HUGEPAGE)
    ctypes.memmove(copy, start, _PIECE)
    libc.mprotect(copy, _PIECE, mmap.PROT_READ)
    # Before it takes anything away, Linux sees whether there may be one mapping more (mm/mremap.c).
    moved: bool = libc.mremap(copy, _PIECE, _PIECE, _MAYMOVE | _FIXED, ctypes.c_void_p(start)) == start
    rest = ((area, copy), (copy + _PIECE, area + 2 * _PIECE)) if moved else ((area, area + 2 * _PIECE),)
    for begin, end in rest:
        if begin < end:
            libc.munmap(begin, end - begin)
    return moved


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None)
    address, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    libc.mmap.argtypes, libc.mmap.restype = (address, size, number, number, number, ctypes.c_long), address
    libc.mremap.argtypes, libc.mremap.restype = (address, size, size, number, address), address
    libc.madvise.argtypes = libc.mprotect.argtypes = (address, size, number)
    libc.munmap.argtypes = (address, size)
    return libc

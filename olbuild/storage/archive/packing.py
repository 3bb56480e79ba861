"""Archives packed on their way out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from olbuild.core.content import WriteBytes

_LEVEL = 3
_MOST_THREADS = 4


@contextmanager
def packing(write: WriteBytes, *, zstd: bool) -> Iterator[WriteBytes]:
    """Pass bytes on as they are, or packed with zstd. The same bytes give the same packed ones, on any machine."""
    if not zstd:
        yield write
        return
    import zstandard  # noqa: PLC0415 - for packed archives only

    # With one thread or many zstd writes the same; without a thread of its own it does not.
    threads = max(1, min(os.cpu_count() or 1, _MOST_THREADS))
    packer = zstandard.ZstdCompressor(level=_LEVEL, threads=threads, write_checksum=True).compressobj()
    yield lambda data: write(packer.compress(data))
    write(packer.flush())

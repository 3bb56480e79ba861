"""What memory llama.cpp takes, from the lines in which it says so: it has no function that tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, cast

from msgspec import field

from olbuild.core.records import Frozen, Mutable
from olbuild.llama.log import LOG

Purpose = Literal["model", "KV", "RS", "output", "compute", "LoRA", "state"]
"""The words of llama.cpp; ``RS`` and ``state`` are the states of recurrent layers."""

_LINE = re.compile(
    r"(?P<place>\S+) +(?:DSV4 \S+ )?(?P<purpose>model|KV|RS|output|compute|LoRA|state)"
    r" buffer size = +(?P<size>[\d.]+) MiB"
)
_MIB = 1 << 20


class Buffer(Frozen, kw_only=True):
    """A piece of memory: the type of its buffer, such as ``CPU_Mapped`` or ``CUDA0``, and its bytes, to 10 kB."""

    place: str
    purpose: Purpose
    size: int


class Measured(Mutable):
    """The buffers that were made."""

    _buffers: list[Buffer] = field(default_factory=list)

    def hear(self, line: str) -> None:
        """Take a line of llama.cpp's log."""
        buffer = read_buffer(line)
        if buffer is None:
            return
        if buffer.purpose == "compute":  # made anew when adapters come or go, and then this one is the only one
            self._buffers = [one for one in self._buffers if (one.place, one.purpose) != (buffer.place, "compute")]
        self._buffers.append(buffer)

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """The buffers, in the order in which they were made."""
        return tuple(self._buffers)


def read_buffer(line: str) -> Buffer | None:
    """Return the buffer that a line tells of, if any: ``load_tensors: CPU_Mapped model buffer size = 92.10 MiB``."""
    found = _LINE.search(line)
    if found is None:
        return None
    purpose = cast("Purpose", found["purpose"])
    return Buffer(place=found["place"], purpose=purpose, size=round(float(found["size"]) * _MIB))


@contextmanager
def measure() -> Iterator[Measured]:
    """Listen while one model, its context and its adapters are made; what other threads load meanwhile counts too."""
    measured = Measured()
    with LOG.watched(measured.hear):
        yield measured

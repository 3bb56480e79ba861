"""Copies of sequences in ordinary memory."""

from __future__ import annotations

import ctypes
import mmap
from dataclasses import dataclass
from types import ModuleType

_MOST_MEMORIES = 256  # LLAMA_MAX_SEQ
# llama_context::state_seq_get_data and llama_kv_cache::state_write: a magic number, the sequence and how many memories
# there are; then for each of these how many cells follow, and they.
_NUMBER = ctypes.sizeof(ctypes.c_uint32)
_MEMORIES_AT = 2 * _NUMBER


@dataclass(frozen=True, slots=True)
class _Copy:
    """What llama.cpp said of a sequence, with zeros behind it, and of how many memories its context was."""

    pages: ctypes.Array[ctypes.c_uint8]
    size: int
    memories: int


class Copies:
    """Keeps what llama.cpp says of sequences (``llama_state_seq_get_data``), and gives it back.

    Each copy has pages of its own, which the system has again once it is forgotten.

    Args:
        llama: the bindings.
        plain: whether there is one kind of layers, all with whole keys and values.
    """

    def __init__(self, llama: ModuleType, *, plain: bool) -> None:
        """Begin without copies; ``attach`` has to follow."""
        self._llama, self._plain = llama, plain
        self._context: object = None
        self._memories = 0
        self._copies: dict[int, _Copy] = {}

    def attach(self, context: object, memories: int) -> None:
        """Work with a context, the first one or another one with no fewer memories; copies stay valid."""
        self._context, self._memories = context, memories

    def save(self, sequence: int, number: int) -> None:
        """Keep a copy; there is none when memory does not suffice."""
        size: int = self._llama.llama_state_seq_get_size(self._context, sequence)
        room = size + _NUMBER * _MOST_MEMORIES
        try:
            pages = (ctypes.c_uint8 * room).from_buffer(mmap.mmap(-1, room, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        except OSError:
            return
        if self._llama.llama_state_seq_get_data(self._context, pages, size, sequence) == size:
            self._copies[number] = _Copy(pages, size, self._memories)

    def restore(self, number: int, target: int) -> bool:
        """Put a copy into an empty sequence; say whether that was done. If not, the sequence may hold anything."""
        copy = self._copies.get(number)
        if copy is None:
            return False
        size = copy.size
        if copy.memories != self._memories:
            if not self._plain:
                return False
            ctypes.c_uint32.from_buffer(copy.pages, _MEMORIES_AT).value = self._memories
            size += _NUMBER * (self._memories - copy.memories)
        read: int = self._llama.llama_state_seq_set_data(self._context, copy.pages, size, target)
        return read == size

    def forget(self, number: int) -> None:
        """Free a copy."""
        self._copies.pop(number, None)

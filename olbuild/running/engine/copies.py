"""Copies of sequences in ordinary memory."""

from __future__ import annotations

import ctypes
import mmap
from types import ModuleType

_Bytes = ctypes.Array[ctypes.c_uint8]


class Copies:
    """Keeps what llama.cpp says of sequences (``llama_state_seq_get_data``), and gives it back.

    Each copy has pages of its own, which the system has again once it is forgotten.

    Args:
        llama: the bindings.
        context: the context with the sequences, which must outlive it.
    """

    def __init__(self, llama: ModuleType, context: object) -> None:
        """Begin without copies."""
        self._llama, self._context = llama, context
        self._copies: dict[int, _Bytes] = {}

    def save(self, sequence: int, number: int) -> None:
        """Keep a copy; there is none when memory does not suffice."""
        size: int = self._llama.llama_state_seq_get_size(self._context, sequence)
        try:
            pages = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        except OSError:
            return
        copy = (ctypes.c_uint8 * size).from_buffer(pages)
        if self._llama.llama_state_seq_get_data(self._context, copy, size, sequence) == size:
            self._copies[number] = copy

    def restore(self, number: int, target: int) -> bool:
        """Put a copy into an empty sequence; say whether that was done. If not, the sequence may hold anything."""
        copy = self._copies.get(number)
        if copy is None:
            return False
        read: int = self._llama.llama_state_seq_set_data(self._context, copy, len(copy), target)
        return read == len(copy)

    def forget(self, number: int) -> None:
        """Free a copy."""
        self._copies.pop(number, None)

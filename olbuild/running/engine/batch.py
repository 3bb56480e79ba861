"""The tokens of one evaluation, in memory that llama.cpp reads and that is allocated once."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from types import ModuleType

from olbuild.running.steps import Feed


class Batch:
    """A ``llama_batch`` that is filled again for each step.

    Args:
        llama: the bindings.
        size: most tokens of a step.
        outputs: most outputs of a step.
    """

    def __init__(self, llama: ModuleType, size: int, outputs: int) -> None:
        """Allocate the arrays. Each token belongs to one sequence: the pointers to it never change."""
        self.size, self.outputs = size, outputs
        self._tokens = (llama.llama_token * size)()
        self._positions = (llama.llama_pos * size)()
        self._counts = (ctypes.c_int32 * size)(*([1] * size))
        self._sequences = (llama.llama_seq_id * size)()
        self._outputs = (ctypes.c_int8 * size)()  # whether a token has one
        of_one = ctypes.POINTER(llama.llama_seq_id)
        width = ctypes.sizeof(llama.llama_seq_id)
        start = ctypes.addressof(self._sequences)
        self._pointers = (of_one * size)(*(ctypes.cast(start + width * place, of_one) for place in range(size)))
        self.native = llama.llama_batch(
            n_tokens=0,
            token=ctypes.cast(self._tokens, ctypes.POINTER(llama.llama_token)),
            embd=None,
            pos=ctypes.cast(self._positions, ctypes.POINTER(llama.llama_pos)),
            n_seq_id=ctypes.cast(self._counts, ctypes.POINTER(ctypes.c_int32)),
            seq_id=ctypes.cast(self._pointers, ctypes.POINTER(of_one)),
            logits=ctypes.cast(self._outputs, ctypes.POINTER(ctypes.c_int8)),
        )

    def fill(self, feeds: Sequence[Feed]) -> int:
        """Lay the tokens of all feeds behind each other; return how many of them have outputs.

        Raises:
            ValueError: if they are none, or more than the batch holds, as llama.cpp would end the process.
        """
        tokens: list[int] = []
        positions: list[int] = []
        sequences: list[int] = []
        outputs: list[int] = []
        for feed in feeds:
            count = len(feed.tokens)
            tokens += feed.tokens
            positions += range(feed.position, feed.position + count)
            sequences += [feed.sequence] * count
            outputs += [0] * (count - feed.outputs) + [1] * feed.outputs
        total = len(tokens)
        wanted = sum(outputs)
        if not 0 < total <= self.size or len(outputs) != total or wanted > self.outputs:
            raise ValueError(f"a step of {total} tokens with {wanted} outputs, for {self.size} with {self.outputs}")
        self._tokens[:total] = tokens
        self._positions[:total] = positions
        self._sequences[:total] = sequences
        self._outputs[:total] = outputs  # type: ignore[assignment]  # typeshed has c_byte here
        self.native.n_tokens = total
        return wanted

    def follow(self, tokens: Sequence[int]) -> None:
        """Lay a token behind each of the last ones, if that were one of each sequence."""
        count = len(tokens)
        self._tokens[:count] = tokens
        self._positions[:count] = [position + 1 for position in self._positions[:count]]

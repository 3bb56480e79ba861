"""What llama.cpp says of sequences (``llama_state_seq_get_data``), and how it is put into a context with more of them.

A state begins with a magic number and the sequence. What follows is a section for each memory of the context, in the
order of the layers' kinds (``llama_kv_cache::state_write``, ``llama_memory_recurrent::state_write``):

- a memory of tokens says in how many parts it is (``n_stream``: one for each sequence, unless they share one), then for
  each part how many cells follow, and these;
- a memory of recurrent layers says how many states follow, and these: the number of sequences is not in it.

llama.cpp refuses a section of another number of parts. But parts that are empty are only a zero each, so a section for
more of them is the same one with another number in front and zeros behind. Where a section ends is not said. With the
flag ``PARTIAL_ONLY`` llama.cpp leaves out the first section of a model with windows, or with states beside attention,
which tells where that ends. States that are made otherwise, such as those of recurrent layers beside windows, or with
an index of keys (DeepSeek 3.2), are not widened: see ``Layout.of``.
"""

from __future__ import annotations

import ctypes
import mmap
from types import ModuleType

from olbuild.core.records import Frozen

ALL = -1
"""All sequences at once. That is all cells; what is said of one leaves out what its windows do not reach any more."""

_MOST_PARTS = 256  # LLAMA_MAX_SEQ
_NUMBER = ctypes.sizeof(ctypes.c_uint32)
_FRONT = 2 * _NUMBER


class Layout(Frozen):
    """What sections the states of a context have.

    Attributes:
        parts: of each memory of tokens.
        first: how many memories of tokens are left out with ``PARTIAL_ONLY``.
        others: how many are not.
        widens: whether it is known where each of them ends.
    """

    parts: int
    first: int
    others: int
    widens: bool

    @classmethod
    def of(cls, llama: ModuleType, context: object, parts: int) -> Layout:
        """Return the layout of a context that is empty: there is nothing in its states but the numbers."""
        whole, rest = (_empty(llama, context, flags) for flags in (0, llama.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY))
        section = [parts, *([0] * parts)]
        first, others = _count(whole, section) - _count(rest, section), _count(rest, section)
        plain = first <= 1 and whole == [*(section * first), *rest]
        return cls(parts, first, others, widens=plain and (not others or rest == section))


class State:
    """What is in some sequences, in memory of its own, which the system has again once nobody needs it.

    Args:
        llama: the bindings.
        context: the context.
        sequence: which one, or ``ALL``.
        layout: what the states of the context have.

    Raises:
        OSError: if there is no memory for it.
    """

    def __init__(self, llama: ModuleType, context: object, sequence: int, layout: Layout) -> None:
        """Take it."""
        size, others = (
            llama.llama_state_seq_get_size_ext(context, sequence, flags)
            for flags in (0, llama.LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY)
        )
        middle = _FRONT + size - others
        spans = ((_FRONT, middle), *([(middle, size)] if layout.others else ()))
        self._spans = spans[0 if layout.first else 1 :] if layout.widens else ()
        self._llama, self._layout = llama, layout
        self._size: int = size
        room = size + len(self._spans) * _MOST_PARTS * _NUMBER
        self._pages = (ctypes.c_uint8 * room).from_buffer(mmap.mmap(-1, room, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
        self._taken: bool = llama.llama_state_seq_get_data_ext(context, self._pages, size, sequence, 0) == size

    def put(self, context: object, sequence: int, layout: Layout) -> bool:
        """Put it into a context of the same model, with as many sequences or more; say whether that was done.

        Args:
            context: the context.
            sequence: an empty sequence, which may hold anything if it was not done; or ``ALL``, in an empty context.
            layout: what the states of the context have.
        """
        if not self._taken or not self._fit(layout):
            return False
        read: int = self._llama.llama_state_seq_set_data_ext(context, self._pages, self._size, sequence, 0)
        return read == self._size

    def _fit(self, layout: Layout) -> bool:
        """Give each memory of tokens as many parts as it needs; say whether that could be done."""
        more = layout.parts - self._layout.parts
        if not more:
            return True
        if more < 0 or not layout.widens:
            return False
        zeros, start = more * _NUMBER, ctypes.addressof(self._pages)
        spans: list[tuple[int, int]] = []
        for number, (first, end) in reversed(tuple(enumerate(self._spans))):
            ctypes.memmove(start + end + zeros, start + end, self._size - end)
            ctypes.memset(start + end, 0, zeros)
            ctypes.c_uint32.from_buffer(self._pages, first).value = layout.parts
            self._size += zeros
            spans.insert(0, (first + number * zeros, end + (number + 1) * zeros))
        self._spans, self._layout = tuple(spans), layout
        return True


def _empty(llama: ModuleType, context: object, flags: int) -> list[int]:
    """Return the numbers that are in the state of a sequence that holds nothing."""
    size: int = llama.llama_state_seq_get_size_ext(context, 0, flags)
    numbers = (ctypes.c_uint32 * -(-size // _NUMBER))()
    bytes_of = ctypes.cast(numbers, ctypes.POINTER(ctypes.c_uint8))
    llama.llama_state_seq_get_data_ext(context, bytes_of, size, 0, flags)
    return list(numbers)[_FRONT // _NUMBER :]


def _count(numbers: list[int], section: list[int]) -> int:
    """Return how many times a section stands at the front."""
    count = 0
    while numbers[count * len(section) : (count + 1) * len(section)] == section:
        count += 1
    return count

"""What the sequences of a context hold: every change of it but evaluation.

What can be done to it depends on what llama.cpp keeps of the tokens of a model. This is the one place that knows:

- Keys and values of all tokens. Any beginning of a sequence can go on.
- In some layers, those of the last tokens only (windows: Gemma 2 and 3, gpt-oss). What no window reaches any more is
  kept as long as nothing needs its cells, if there are cells for it (``swa_full``), and not saved with a sequence. A
  beginning can go on if the windows at its end are still there: ``llama_memory_seq_pos_min`` tells.
- States (Mamba, RWKV; beside keys and values in Jamba, LFM2, Qwen3-Next). Only a whole sequence can go on.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any, assert_never

from olbuild.running.engine.copies import Copies
from olbuild.running.engine.places import Places
from olbuild.running.engine.state import State
from olbuild.running.steps import Copy, Cut, Edit, Forget, Restore, Save, Shift

_NO_FLOORS: Mapping[int, int] = {}


class Cache:
    """The sequences of a context, and their copies.

    Args:
        llama: the bindings.
        model: the loaded weights.
        separate: whether each sequence has a memory of its own.

    Attributes:
        places: where in the sequences llama.cpp has the tokens.
        states: whether there are states, so that sequences are whole or nothing.
        parts: most tokens of a copy of which a beginning can be put back, as ``steps.Room`` has it.
        moved: whether keys were moved that the next evaluation turns.
    """

    def __init__(self, llama: ModuleType, model: object, *, separate: bool) -> None:
        """Ask the model what it has; ``attach`` has to follow."""
        self._llama, self._separate = llama, separate
        self._window: int = llama.llama_model_n_swa(model)
        self.states: bool = llama.llama_model_is_recurrent(model) or llama.llama_model_is_hybrid(model)
        self.parts = 0 if self.states else self._window or sys.maxsize
        self.places = Places()
        self.moved = False
        self._copies = Copies(llama)
        self._copied: dict[int, int] = {}  # the source of each copy that llama.cpp makes with the next evaluation
        self._memory: Any = None
        self._sequences = 0

    def attach(self, context: object, sequences: int) -> None:
        """Work with an empty context."""
        self._memory, self._sequences = self._llama.llama_get_memory(context), sequences
        self._copies.attach(context, sequences if self._separate else 1)

    @property
    def shifts(self) -> bool:
        """Whether tokens in the middle can be forgotten."""
        return bool(self._llama.llama_memory_can_shift(self._memory))

    def held(self) -> frozenset[int]:
        """Return the sequences that hold something."""
        return frozenset(number for number in range(self._sequences) if self._end(number))

    def floors(self) -> Mapping[int, int]:
        """Return the shortest beginnings that can go on, of sequences of which not any can."""
        if self.states or not self._window:
            return _NO_FLOORS
        starts = {number: self._start(number) for number in range(self._sequences)}
        return {number: start + self._window - 1 for number, start in starts.items() if start > 0}

    def take(self) -> tuple[State | None, frozenset[int]]:
        """Return what all sequences hold, to be put into another context; and those that are not in it."""
        for target in self._copied:  # nothing was evaluated since
            self.cut(target, 0)
        lost = frozenset(self._copied)
        self._copied.clear()
        return self._copies.all(), lost

    def put(self, state: State | None) -> bool:
        """Put that into the context that is attached now; say whether that was done. If not, it stays empty."""
        done = state is not None and self._copies.put_all(state)
        if not done:
            self._llama.llama_memory_clear(self._memory, True)  # noqa: FBT003 - llama.cpp's parameter
            for sequence in range(self._sequences):
                self.places.cut(sequence, 0)
        return done

    def note_evaluation(self) -> None:
        """Take note that llama.cpp has done what it had put off."""
        self._copied.clear()
        self.moved = False

    def edit(self, edit: Edit, lost: set[int]) -> None:
        """Do an edit; take note of the sequences that hold nothing, where they should."""
        match edit:
            case Cut(sequence, 0):
                self.cut(sequence, 0)
                lost.discard(sequence)
            case Cut(sequence, length):
                if not self.cut(sequence, length):
                    lost.add(sequence)
            case Copy(source, target, length):
                lost |= {target} if source in lost else self._copy(source, target, length)
            case Shift(sequence, keep, discard):  # of text: answers about images end when the context is full
                llama, memory = self._llama, self._memory
                llama.llama_memory_seq_rm(memory, sequence, keep, keep + discard)
                llama.llama_memory_seq_add(memory, sequence, keep + discard, -1, -discard)
                self.moved = True
            case Save(sequence, copy):
                if sequence not in lost and sequence not in self._copied:
                    self._copies.save(sequence, copy)
                    self.places.copy(sequence, aside(copy))
            case Restore(copy, target, length):
                if not self._restore(copy, target, length):
                    lost.add(target)
            case Forget(copy):
                self._copies.forget(copy)
                self.places.cut(aside(copy), 0)
            case _:
                assert_never(edit)

    def _copy(self, source: int, target: int, length: int) -> frozenset[int]:
        """Copy a beginning; forget the whole if that could not go on, and return who holds nothing then.

        From one memory to another, which knows only whole sequences, all is copied and then cut.
        """
        end = self.places.position(source, length)
        if not self._reaches(source, end):
            self.cut(source, 0)
            return frozenset({source, target})
        whole = self._separate or self.states
        self._llama.llama_memory_seq_cp(self._memory, source, target, -1, -1 if whole else end)
        self.places.copy(source, target)
        if self._separate:
            self._copied[target] = source
        self.cut(target, length)
        return frozenset()

    def _restore(self, copy: int, target: int, length: int) -> bool:
        """Put the beginning of a copy into an empty sequence, or nothing; say which."""
        # llama.cpp would overwrite it, or copy it instead of what was there, when it makes the copies it has put off.
        busy = target in self._copied or target in self._copied.values()
        done = not busy and self._copies.restore(copy, target)
        self.places.copy(aside(copy), target)
        return self.cut(target, length if done else 0) and done

    def cut(self, sequence: int, length: int) -> bool:
        """Forget the end of a sequence; all of it if the rest could not go on. Return whether it could."""
        llama, start = self._llama, self.places.position(sequence, length)
        done = self._reaches(sequence, start) and bool(llama.llama_memory_seq_rm(self._memory, sequence, start, -1))
        if not done:
            llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        self.places.cut(sequence, length if done else 0)
        return done

    def _reaches(self, sequence: int, position: int) -> bool:
        """Whether the windows before a position are there. Behind all that a sequence holds they always are."""
        if not position or not self._window or self.states or position >= self._end(sequence):
            return True
        return 0 <= self._start(sequence) <= max(0, position - self._window + 1)

    def _start(self, sequence: int) -> int:
        start: int = self._llama.llama_memory_seq_pos_min(self._memory, sequence)
        return start

    def _end(self, sequence: int) -> int:
        end: int = self._llama.llama_memory_seq_pos_max(self._memory, sequence) + 1
        return end


def aside(copy: int) -> int:
    """Return a number for the places of a copy that no sequence has."""
    return -1 - copy

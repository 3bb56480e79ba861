"""Where in a sequence llama.cpp has its tokens: a part of an image may take fewer positions than places.

Models with M-RoPE (Qwen2-VL and those after it) count an image of 30 x 20 vectors as 30 positions. Everything else
here speaks of places, of which each token has one.
"""

from __future__ import annotations


class Places:
    """The parts in sequences that take fewer positions than places; most sequences have none."""

    def __init__(self) -> None:
        """Begin without any."""
        self._parts: dict[int, list[tuple[int, int]]] = {}  # by sequence: where one ends, and the places it saves

    def __bool__(self) -> bool:
        """Whether any sequence has such a part."""
        return bool(self._parts)

    def position(self, sequence: int, place: int) -> int:
        """Return the position of a place, which lies within no such part."""
        parts = self._parts.get(sequence)
        return place - sum(saved for end, saved in parts if end <= place) if parts else place

    def add(self, sequence: int, end: int, saved: int) -> None:
        """Take note of a part that was evaluated: the place behind it, and how far it is behind its position."""
        if saved:
            self._parts.setdefault(sequence, []).append((end, saved))

    def cut(self, sequence: int, length: int) -> None:
        """Forget what lies behind the first places."""
        if parts := [part for part in self._parts.pop(sequence, ()) if part[0] <= length]:
            self._parts[sequence] = parts

    def copy(self, source: int, target: int) -> None:
        """Let a sequence be as another one."""
        if parts := self._parts.get(source):
            self._parts[target] = list(parts)
        else:
            self._parts.pop(target, None)

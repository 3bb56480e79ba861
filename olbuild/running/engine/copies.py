"""Copies of sequences in ordinary memory."""

from __future__ import annotations

from types import ModuleType

from olbuild.running.engine.state import ALL, Layout, State


class Copies:
    """Keeps what llama.cpp says of sequences, and gives it back.

    Args:
        llama: the bindings.
    """

    def __init__(self, llama: ModuleType) -> None:
        """Begin without copies; ``attach`` has to follow."""
        self._llama = llama
        self._context: object = None
        self._layout = Layout(0, 0, 0, widens=False)
        self._copies: dict[int, State] = {}

    def attach(self, context: object, parts: int) -> None:
        """Work with an empty context, the first one or another one with no fewer sequences; copies stay valid."""
        self._context, self._layout = context, Layout.of(self._llama, context, parts)

    def save(self, sequence: int, number: int) -> None:
        """Keep a copy; there is none when memory does not suffice."""
        if (state := self._take(sequence)) is not None:
            self._copies[number] = state

    def restore(self, number: int, target: int) -> bool:
        """Put a copy into an empty sequence; say whether that was done. If not, the sequence may hold anything."""
        copy = self._copies.get(number)
        return copy is not None and copy.put(self._context, target, self._layout)

    def forget(self, number: int) -> None:
        """Free a copy."""
        self._copies.pop(number, None)

    def all(self) -> State | None:
        """Return what is in all sequences, if memory suffices."""
        return self._take(ALL)

    def put_all(self, state: State) -> bool:
        """Put that into the context that is there now; say whether that was done."""
        return state.put(self._context, ALL, self._layout)

    def _take(self, sequence: int) -> State | None:
        try:
            return State(self._llama, self._context, sequence, self._layout)
        except OSError:
            return None

"""Copies of sequences in ordinary memory: what is worth one, and which one goes when there is no room for all."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from olbuild.running.scheduler.tree import Match, PrefixTree

LEAST = 64
"""Fewer tokens are rather read again."""

_PART = 16
"""A copy is made and put back as a whole, which is worth it for one token in so many: reading one takes far longer."""


def worth(tokens: int, whole: int) -> bool:
    """Whether a copy of a whole sequence is worth it, if it saves the reading of some of its tokens."""
    return tokens >= max(LEAST, whole // _PART)


class Saved:
    """What the copies hold. Those that were used least recently go first.

    Args:
        room: how many tokens all of them can have.
        parts: most tokens of one of which a beginning can be put back.
        state: for how many tokens each counts besides its own.
    """

    def __init__(self, room: int, parts: int, state: int) -> None:
        """Begin without copies."""
        self._room, self._parts, self._state = room, parts, state
        self._tree = PrefixTree()
        self._copies: dict[int, None] = {}  # the least recently used one first
        self._numbers = count()

    @property
    def tokens(self) -> int:
        """How many tokens all of them have."""
        return self._tree.cells

    def match(self, cache: str, tokens: list[int], most: int) -> Match:
        """Find the copy with the longest beginning, of at most so many tokens, of a prompt."""
        found = self._tree.match(cache, tokens, most, self._usable)
        copy = max(found.sequences, default=None)
        return Match(0) if copy is None else Match(found.length, copy=copy, whole=self._tree.length(copy))

    def _usable(self, copy: int, length: int) -> bool:
        return self._tree.length(copy) <= self._parts or self._tree.is_whole(copy, length)

    def take(self, copy: int) -> list[int]:
        """Use a copy: return its tokens."""
        self._touch(copy)
        return self._tree.content(copy)[1]

    def add(self, cache: str, tokens: list[int], *, but: int | None) -> tuple[int, tuple[int, ...]] | None:
        """Make a copy, if there is none yet of about the same; ``but`` is a copy that must not go for it.

        Returns:
            its number, and the copies that are gone.
        """
        known = self._tree.match(cache, tokens, len(tokens), self._usable)
        if not worth(len(tokens) - known.length, len(tokens)):
            for copy in known.sequences:
                self._touch(copy)
            return None
        if self._cost(tokens) > self._room - (0 if but is None else self._tree.length(but) + self._state):
            return None
        gone: list[int] = []
        while shorter := self._tree.match(cache, tokens, len(tokens), self._tree.is_whole).sequences - {but}:
            gone += self._forget_all(shorter)
        while self.tokens + self._state * len(self._copies) + self._cost(tokens) > self._room:
            gone += self._forget_all([next(copy for copy in self._copies if copy != but)])
        number = next(self._numbers)
        self._copies[number] = None
        self._tree.open(number, cache)
        self._tree.extend(number, tokens)
        return number, tuple(gone)

    def _cost(self, tokens: list[int]) -> int:
        return len(tokens) + self._state

    def forget(self, copy: int) -> bool:
        """Forget a copy; say whether it was there."""
        if copy not in self._copies:
            return False
        del self._copies[copy]
        self._tree.close(copy)
        return True

    def _forget_all(self, copies: Iterable[int]) -> Iterable[int]:
        for copy in copies:
            self.forget(copy)
        return copies

    def _touch(self, copy: int) -> None:
        del self._copies[copy]
        self._copies[copy] = None

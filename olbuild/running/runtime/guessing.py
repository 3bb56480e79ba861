"""Guesses of what follows, which are checked together: each one that is right saves an evaluation.

They never change an answer: each token is chosen as it would be without them, and a guess counts when it is that token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from olbuild.core.records import Frozen

_GRAM = 3
_REST = 16


class Wanted(Frozen):
    """What one answer wants guesses for: its tokens so far, prompt and answer, and how many guesses at most."""

    history: Sequence[int]
    most: int


class Guesser(Protocol):
    """Makes guesses."""

    def guess(self, wanted: Mapping[int, Wanted]) -> dict[int, tuple[int, ...]]:
        """Return guesses for some requests, by their numbers; none where it has none."""
        ...

    def forget(self, request: int) -> None:
        """Take note that a request has ended."""
        ...


class Lookup:
    """Guesses that what followed the last three tokens when they stood there before follows again.

    It costs nothing, and is right where an answer repeats its prompt or itself: code that is changed, cited texts.
    """

    def __init__(self) -> None:
        """Begin without requests."""
        self._indexes: dict[int, _Index] = {}

    def guess(self, wanted: Mapping[int, Wanted]) -> dict[int, tuple[int, ...]]:
        """Return guesses for some requests."""
        found = {
            request: self._indexes.setdefault(request, _Index()).follow(want.history, want.most)
            for request, want in wanted.items()
        }
        return {request: tokens for request, tokens in found.items() if tokens}

    def forget(self, request: int) -> None:
        """Take note that a request has ended."""
        self._indexes.pop(request, None)


class _Index:
    """Where each three tokens of a history were followed by something, the last time."""

    def __init__(self) -> None:
        self._places: dict[tuple[int, ...], int] = {}
        self._known = _GRAM

    def follow(self, history: Sequence[int], most: int) -> tuple[int, ...]:
        """Return up to ``most`` tokens that followed the end of a history before; a history only grows."""
        for end in range(self._known, len(history)):
            self._places[tuple(history[end - _GRAM : end])] = end
        self._known = max(self._known, len(history))
        place = self._places.get(tuple(history[-_GRAM:]))
        return () if place is None else tuple(history[place : place + most])


class Trust:
    """How many guesses are worth their price for one answer: more while they are right, none for a while if not.

    Args:
        most: most guesses at once.
    """

    def __init__(self, most: int) -> None:
        """Begin with trust."""
        self._most = self._width = most
        self._rest = 0

    @property
    def width(self) -> int:
        """How many guesses may be made now."""
        return 0 if self._rest else self._width

    def learn(self, given: int, right: int) -> None:
        """Take note of a step in which so many guesses were given, and so many of them right."""
        if not given:
            self._rest = max(0, self._rest - 1)
        elif right == given:
            self._width = min(self._most, self._width * 2)
        elif not right:
            self._width //= 2
            if not self._width:
                self._width, self._rest = 1, _REST

"""Places for connections: there are only so many, and who has nothing to do makes room for who comes."""

from __future__ import annotations

from collections.abc import Collection

_AT_ONCE = 32  # connections that are ended to make room, so that others need not look for some


class Held:
    """What has a place."""

    heard: float
    """When something came, by the clock of the loop."""

    @property
    def rests(self) -> bool:
        """Whether no request is being answered."""
        return True

    @property
    def gone(self) -> bool:
        """Whether it needs its place no longer."""
        raise NotImplementedError

    def leave(self) -> None:
        """Give it up at once."""
        raise NotImplementedError


def has_place(newcomer: Held, connections: Collection[object], most: int) -> bool:
    """Say whether there is a place for a connection that is among the others already.

    If there are too many, those that have had nothing to do for the longest time are ended, some at once, as in nginx.
    """
    if len(connections) <= most:
        return True
    others = [each for each in connections if isinstance(each, Held) and each is not newcomer and not each.gone]
    if len(others) < most:
        return True
    resting = sorted((each for each in others if each.rests), key=lambda each: each.heard)
    for each in resting[: max(1, min(_AT_ONCE, len(resting) // 8))]:
        each.leave()
    return bool(resting)

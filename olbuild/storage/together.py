"""Work on many blobs in a few threads: the first error, or an interruption, ends all of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from olbuild.core.content import Descriptor
from olbuild.storage.parts import Crew

_AT_ONCE = 8
_LARGE = 64 << 20  # bytes from which a blob keeps a line busy by itself
_LARGE_AT_ONCE = 3
_LOOK = 0.5  # seconds


def side_by_side(nodes: Sequence[Descriptor], work: Callable[[Descriptor], object]) -> None:
    """Do some work for each node, in their order as far as that goes: some at once, of the large ones only a few.

    Raises:
        the first error of one of them; all have ended then.
    """
    if len(nodes) == 1:
        work(nodes[0])
        return
    crew, team = Crew(), _Team(deque(nodes))

    def work_on() -> None:
        node: Descriptor | None = None
        while True:
            with crew.turn:
                crew.stop.check()
                node = team.next(after=node)
            if node is None:
                return
            work(node)

    with crew.working():
        team.running = min(_AT_ONCE, len(nodes))
        for _ in range(team.running):
            crew.start("copy", work_on)
        while True:
            with crew.turn:
                if team.running and crew.error is None:
                    crew.turn.wait(_LOOK)
                over = not team.running
            crew.check()
            if over:
                return


class _Team:
    """What the threads share; whoever calls holds the lock."""

    def __init__(self, waiting: deque[Descriptor]) -> None:
        self.running = 0
        self._waiting = waiting
        self._large = 0

    def next(self, *, after: Descriptor | None) -> Descriptor | None:
        """Return the next node for who is done with one; ``None`` sends it home: others take what is left."""
        self._large -= after is not None and after.size >= _LARGE
        for node in self._waiting:
            if node.size < _LARGE or self._large < _LARGE_AT_ONCE:
                self._waiting.remove(node)
                self._large += node.size >= _LARGE
                return node
        self.running -= 1
        return None

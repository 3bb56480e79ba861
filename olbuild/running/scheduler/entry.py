"""One request on its way through the scheduler."""

from __future__ import annotations

from olbuild.core.records import Mutable
from olbuild.running.media import key_of, part_length
from olbuild.running.steps import Feed


class Entry(Mutable, kw_only=True, eq=False):
    """A request: what is known of its tokens, and how far they are evaluated.

    Attributes:
        request: its number.
        tokens: the prompt and what was generated, without what a shift has dropped.
        most: most tokens to generate.
        shift: whether a full context is shifted.
        keep: tokens at the front that a shift keeps.
        client, cache, priority: as ``olbuild.running.requests.Wishes`` has them.
        arrival: its place among all requests.
        start: its place among those that have begun; -1 before that. It keeps it when it has to wait again.
        sequence: the sequence that it uses; -1 while it waits, and when it has ended.
        evaluated: how many of its tokens that sequence has.
        generated: how many tokens were generated.
        cached: how many tokens of the prompt were there when it began.
        behind: while it waits for another request to read what both begin with: that request, and the common length.
        planned: how many tokens the step that is being made evaluates for it.
        stop: where to stop reading in this step, because others wait for that much.
    """

    request: int
    tokens: list[int]
    most: int
    shift: bool
    keep: int
    client: str
    cache: str
    priority: int
    arrival: int
    start: int = -1
    sequence: int = -1
    evaluated: int = 0
    generated: int = 0
    cached: int = 0
    behind: tuple[Entry, int] | None = None
    planned: int = 0
    stop: int = 0

    @property
    def pending(self) -> int:
        """How many of its tokens are not evaluated: one while it generates."""
        return len(self.tokens) - self.evaluated

    @property
    def unit(self) -> int:
        """The fewest tokens by which it can go on: one, or a part of an image."""
        start = self.evaluated
        return part_length(self.tokens, start) if key_of(self.tokens[start]) else 1

    @property
    def rank(self) -> tuple[int, int]:
        """Its place among those that have begun: the first one goes first, the last one makes room for others."""
        return -self.priority, self.start

    def feed(self, count: int, guesses: tuple[int, ...] = ()) -> Feed:
        """Return how its next tokens are evaluated, and guesses of what follows."""
        tokens = (*self.tokens[self.evaluated : self.evaluated + count], *guesses)
        ends = count == self.pending and self.most > 0
        return Feed(self.request, self.sequence, self.evaluated, tokens, 1 + len(guesses) if ends else 0)

"""Which blocks are missing, and who fetches which of them. Pure; whoever calls holds a lock.

One reader has one claim, a run of blocks that it fetches in order. Claims are given from the front, so that the
complete part of the file grows from its start, which is where the hash follows.
"""

from __future__ import annotations

from collections.abc import Callable

from olbuild.core.records import Mutable

_LEAST = 4  # blocks: a request for fewer costs more than it brings


class Claim(Mutable, eq=False):
    """Blocks ``start`` up to ``end`` are fetched by one reader; ``start`` grows as they arrive.

    ``of`` is the claim out of whose middle this one shall be cut, as long as nobody knows whether the source can be
    read from there.
    """

    start: int
    end: int
    of: Claim | None = None


class Plan:
    """What is left to do, in blocks."""

    def __init__(self, count: int, has: Callable[[int], bool]) -> None:
        """Begin with ``count`` blocks, without those that are there already."""
        self.count = count
        self._free: list[tuple[int, int]] = []
        self._claims: list[Claim] = []
        for block in range(count):
            if not has(block):
                if self._free and self._free[-1][1] == block:
                    self._free[-1] = (self._free[-1][0], block + 1)
                else:
                    self._free.append((block, block + 1))

    @property
    def left(self) -> int:
        """How many blocks nobody has fetched yet."""
        claimed = sum(claim.end - claim.start for claim in self._claims if claim.of is None)
        return claimed + sum(end - start for start, end in self._free)

    def take(self, part: int | None, readers: int) -> Claim | None:
        """Claim the first free blocks: a part of so many, smaller towards the end, or the whole run that they are in.

        ``readers`` is how many share the work: they should end together.
        """
        if not self._free:
            return None
        start, end = self._free[0]
        until = end if part is None else min(end, start + min(part, max(_LEAST, self.left // (2 * readers))))
        self._free[0:1] = [(until, end)] if until < end else []
        claim = Claim(start, until)
        self._claims.append(claim)
        return claim

    def split(self, part: int, ahead: int, *, known: bool) -> Claim | None:
        """Claim a part out of the middle of the longest claim, which keeps ``ahead`` blocks.

        Args:
            part: how many blocks.
            ahead: how many blocks the other reader keeps.
            known: whether the source can be read from the middle. Otherwise nothing changes until ``confirm``, and
                there is no other such claim meanwhile.
        """
        if any(claim.of for claim in self._claims):
            return None
        victim = max(self._claims, key=lambda claim: claim.end - claim.start, default=None)
        if victim is None or victim.end - victim.start < ahead + _LEAST:
            return None
        start = victim.start + ahead
        claim = Claim(start, min(start + part, victim.end), victim)
        self._claims.append(claim)
        if known:
            self.confirm(claim)
        return claim

    def confirm(self, claim: Claim) -> bool:
        """Make a claim that was cut out of another one a real one; false if the other is there by now."""
        victim, claim.of = claim.of, None
        if victim is None:
            return True
        if victim not in self._claims or victim.start >= claim.start or victim.end < claim.end:
            self._claims.remove(claim)
            return False
        if claim.end < victim.end:
            self._put(claim.end, victim.end)
        victim.end = claim.start
        return True

    def release(self, claim: Claim) -> None:
        """Give back what is left of a claim."""
        if claim in self._claims:
            self._claims.remove(claim)
            if claim.of is None and claim.start < claim.end:
                self._put(claim.start, claim.end)

    def rest(self) -> Claim | None:
        """Claim everything from the first free block to the end, what is there included, for the only reader."""
        if not self._free:
            return None
        claim = Claim(self._free[0][0], self.count)
        self._free.clear()
        self._claims.append(claim)
        return claim

    def _put(self, start: int, end: int) -> None:
        self._free.append((start, end))
        self._free.sort()

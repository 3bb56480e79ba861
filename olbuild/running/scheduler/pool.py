"""The sequences of an engine: in use, at rest as a cache, or free; and the edits that make it so."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from olbuild.core.records import replace
from olbuild.running.media import uncut
from olbuild.running.scheduler.saved import Saved, worth
from olbuild.running.scheduler.tree import Match, PrefixTree
from olbuild.running.steps import Copy, Cut, Edit, Forget, Restore, Room, Save, Shift

_REST = 16
"""Fewer tokens at the end of a sequence are not worth a sequence of their own."""


class Pool:
    """Sequences, and what they hold. Every change is made here and noted for the engine, in order.

    A sequence at rest is the beginning of prompts to come; those that were used least recently are given up first, when
    numbers of sequences or cells are needed. Of what is given up a copy is kept in ordinary memory, as far as there is
    room for it, and put back when a prompt begins so.

    Attributes:
        cells: how many cells there are; less than ``Room.cells`` once an engine had none left where it should have.
        promised: cells that the step that is being made will take.
        floors: the fewest tokens that can stay of sequences, where that is not any number.
    """

    def __init__(self, room: Room) -> None:
        """Begin with sequences that are all free."""
        self._room = room
        self._tree = PrefixTree()
        self._free = set(range(room.sequences))
        self._resting: dict[int, None] = {}  # the least recently used one first
        self._saved = Saved(room.saved, room.parts, room.state)
        self._wanted: int | None = None  # a copy that is about to be put back
        self._edits: list[Edit] = []
        self.cells = room.cells
        self.promised = 0
        self.floors: dict[int, int] = {}

    def grow(self, room: Room) -> None:
        """Take note that there are more sequences and cells."""
        self._free |= set(range(self._room.sequences, room.sequences))
        self.cells += room.cells - self._room.cells
        self._room = room

    def take_edits(self) -> tuple[Edit, ...]:
        """Return what the engine does not know yet."""
        edits = tuple(self._edits)
        self._edits.clear()
        return edits

    @property
    def used(self) -> int:
        """Cells that hold tokens."""
        return self._tree.cells

    @property
    def cached(self) -> int:
        """Those of them that only sequences at rest hold."""
        return self._tree.given_up(self._resting)

    @property
    def saved(self) -> int:
        """Tokens of which there are copies in ordinary memory."""
        return self._saved.tokens

    def length(self, sequence: int) -> int:
        """Return how many tokens a sequence has."""
        return self._tree.length(sequence)

    def match(self, cache: str, tokens: list[int]) -> Match:
        """Find what a prompt can begin with. Its last token is left out: what follows it needs a fresh evaluation."""
        match = self._tree.match(cache, tokens, len(tokens) - 1, self._usable)
        length = uncut(tokens, match.length)
        sequences = frozenset(one for one in match.sequences if self._usable(one, length))
        return Match(length, sequences) if length and sequences else Match(0)

    def _usable(self, sequence: int, length: int) -> bool:
        """Whether a prompt can begin with a beginning of a sequence: as a copy, or by taking it over."""
        return (self._room.copies or sequence in self._resting) and self._stays(sequence, length)

    def _stays(self, sequence: int, length: int) -> bool:
        """Whether the first tokens of a sequence are there when those behind them are forgotten, if there are any."""
        return self._cuts(sequence, length) or self._tree.is_whole(sequence, length)

    def _cuts(self, sequence: int, length: int) -> bool:
        return self._room.cuts and length >= self.floors.get(sequence, 0)

    def match_saved(self, cache: str, tokens: list[int], here: Match) -> Match | None:
        """Find a copy that a prompt can begin with, if that is worth more than what is here."""
        found = self._saved.match(cache, tokens, len(tokens) - 1)
        found = replace(found, length=uncut(tokens, found.length))
        return found if found.copy is not None and worth(found.length - here.length, found.whole) else None

    def available(self, match: Match, others: Collection[int] = ()) -> int:
        """Return how many cells a prompt could get behind its beginning.

        Args:
            match: the beginning, which stays.
            others: sequences that would be given up, beside all that rest.
        """
        idle = {*self._resting, *others}
        held = self._tree.held(min(match.sequences), match.length, idle) if match.sequences else 0
        return self.cells - self._tree.cells + self._tree.given_up(idle) - held

    def begin(self, cache: str, match: Match) -> int | None:
        """Return a sequence that begins with a match, or ``None`` if all are in use.

        A sequence at rest that hardly goes further than the match is taken over, any other one is copied.
        """
        if match.copy is not None:
            return self._restore(cache, match, match.copy)
        resting = [sequence for sequence in self._resting if sequence in match.sequences]  # the latest one last
        for sequence in reversed(resting):
            if self._tree.length(sequence) <= match.length + (_REST if self._room.cuts else 0):
                return self._take_over(sequence, match)
        used = match.sequences - self._resting.keys()
        source = min(used, default=resting[-1] if resting else None)
        target = self._number(but=source)
        if target is None:
            return self._take_over(source, match) if source is not None and source in self._resting else None
        self._tree.open(target, cache)
        if source is not None:
            self._touch(source)
            self._tree.copy(source, target, match.length)
            self.floors[target] = self.floors.get(source, 0)
            self._edits.append(Copy(source, target, match.length))
        return target

    def _restore(self, cache: str, match: Match, copy: int) -> int | None:
        """Return a sequence that begins with a copy; ``None`` if there is none, or too few cells."""
        tokens = self._saved.take(copy)
        self._wanted = copy
        target = self._number(but=None) if self.reserve(len(tokens)) else None
        self._wanted = None
        if target is None:
            return None
        self._tree.open(target, cache)
        self._tree.extend(target, tokens[: match.length])
        self.floors[target] = 0 if len(tokens) <= self._room.parts else len(tokens)
        self._edits.append(Restore(copy, target, match.length))
        return target

    def _number(self, *, but: int | None) -> int | None:
        """Return a free sequence, for which the one that rests longest may be given up."""
        if not self._free:
            for sequence in self._resting:
                if sequence != but:
                    self.give_up(sequence)
                    break
        if not self._free:
            return None
        lowest = min(self._free)  # llama.cpp evaluates neighbours together
        self._free.remove(lowest)
        return lowest

    def _take_over(self, sequence: int, match: Match) -> int:
        """Use a sequence at rest, without what it has behind the match."""
        del self._resting[sequence]
        if match.length < self._tree.length(sequence):
            self._save(sequence, match.length)
            self.cut(sequence, match.length)
        return sequence

    def reserve(self, count: int) -> bool:
        """Give up sequences at rest until so many cells are free beside those promised; say whether they are."""
        while self.free < count and self._resting:
            self.give_up(next(iter(self._resting)))
        return self.free >= count

    @property
    def free(self) -> int:
        """Cells that are neither used nor promised."""
        return self.cells - self._tree.cells - self.promised

    def extend(self, sequence: int, tokens: Sequence[int]) -> None:
        """Take note of tokens that were evaluated."""
        self._tree.extend(sequence, tokens)

    def cut(self, sequence: int, length: int) -> int:
        """Forget all but the first tokens, or all if that part cannot stay; return how many do."""
        length = length if self._cuts(sequence, length) else 0  # the engine may have more than is known
        self._tree.cut(sequence, length)
        self._edits.append(Cut(sequence, length))
        return length

    def lose(self, sequence: int) -> None:
        """Take note that the engine has forgotten a sequence."""
        if sequence not in self._free:
            self._tree.cut(sequence, 0)
        if sequence in self._resting:
            self._release(sequence)

    def shift(self, sequence: int, keep: int, discard: int) -> bool:
        """Forget tokens behind the first ``keep``, if what is behind them can move; say whether it was done.

        A cell has one position for all sequences that share it, so what others share must stay where it is.
        """
        if not self._room.shifts or not self._tree.alone(sequence, keep + discard):
            return False
        self._tree.shift(sequence, keep, discard)
        self._edits.append(Shift(sequence, keep, discard))
        return True

    def rest(self, sequence: int) -> None:
        """Keep a sequence as a cache: as the one that was used latest, and without what was moved in it."""
        self._resting[sequence] = None
        original = self._tree.original(sequence)
        if self._tree.length(sequence) > original:
            self.cut(sequence, original)
        length = self._tree.length(sequence)
        if not length or (self._room.copies and any(self._stays(one, length) for one in self._tree.holders(sequence))):
            self._release(sequence)  # nothing is lost

    def _touch(self, sequence: int) -> None:
        if sequence in self._resting:
            del self._resting[sequence]
            self._resting[sequence] = None

    def give_up(self, sequence: int) -> None:
        """Free a sequence at rest; keep a copy if that is worth it."""
        self._save(sequence, 0)
        self._release(sequence)

    def _save(self, sequence: int, kept: int) -> None:
        """Keep a copy of a sequence before it loses what is behind some tokens, unless others have that too."""
        lost = self._tree.own(sequence, kept)
        if not worth(lost, self._tree.length(sequence)):
            return
        cache, tokens = self._tree.content(sequence)
        if (added := self._saved.add(cache, tokens, but=self._wanted)) is not None:
            copy, gone = added
            self._edits += [*map(Forget, gone), Save(sequence, copy)]

    def _release(self, sequence: int) -> None:
        del self._resting[sequence]
        self._tree.close(sequence)
        self._free.add(sequence)
        self._edits.append(Cut(sequence, 0))

    def give_up_all(self) -> bool:
        """Free all sequences at rest; say whether there were any."""
        some = bool(self._resting)
        for sequence in tuple(self._resting):
            self.give_up(sequence)
        return some

    def forget(self, copy: int) -> None:
        """Forget a copy that could not be put back."""
        if self._saved.forget(copy):
            self._edits.append(Forget(copy))

    def settle(self, sequence: int) -> None:
        """Forget what the engine evaluated in a sequence and nobody took note of."""
        if sequence not in self._free:
            self.cut(sequence, self._tree.length(sequence))

"""An engine that only keeps books: it does what steps say, and fails where a real one would go wrong."""

from collections.abc import Callable, Mapping, Sequence

from olbuild.running.steps import Copy, Cut, Feed, Forget, Restore, Room, Save, Shift, Step
from tests.unit.running.scheduler.cells import Cell, is_part, is_text, is_uncut

VOCABULARY = 50


def next_token(tokens: Sequence[int]) -> int:
    """Return what the model says behind some tokens."""
    return hash(tuple(tokens)) % VOCABULARY


class Engine:
    """Sequences of cells."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.sequences: dict[int, list[Cell]] = {number: [] for number in range(room.sequences)}
        self.users: dict[int, int] = {}
        self.copies: dict[int, list[tuple[int, str]]] = {}
        self.numbers: set[int] = set()
        self.lost: set[int] = set()
        self.floors: dict[int, int] = {}
        self.eroded = False

    @property
    def used(self) -> int:
        return len({cell for cells in self.sequences.values() for cell in cells})

    @property
    def reach(self) -> int:
        """How many tokens a sequence has room for now."""
        return self.room.ready or self.room.context

    def edit(self, step: Step, *, restores: Callable[[], bool]) -> None:
        """Do the edits; ``restores`` says of each copy whether it is put back."""
        self.lost.clear()
        for edit in step.edits:
            match edit:
                case Cut(sequence, length):
                    self._cut(sequence, length)
                case Copy(source, target, length):
                    self._copy(source, target, length)
                case Shift(sequence, keep, discard):
                    self._shift(sequence, keep, discard)
                case Save(sequence, copy):
                    self._save(sequence, copy)
                case Restore(copy, target, length):
                    self._restore(copy, target, length, done=restores())
                case Forget(copy):
                    del self.copies[copy]

    def _cut(self, sequence: int, length: int) -> None:
        if not length:
            self.lost.discard(sequence)
            self.floors.pop(sequence, None)
        elif not self._stays(sequence, length):
            length = 0
        assert 0 <= length <= len(self.sequences[sequence]) or sequence in self.lost
        assert self.room.cuts or length in {0, len(self.sequences[sequence])}
        assert is_uncut(self.sequences[sequence], length)
        del self.sequences[sequence][length:]

    def _stays(self, sequence: int, length: int) -> bool:
        """Whether a part can stay; if not, the whole is lost."""
        stays = length == len(self.sequences[sequence]) or length >= self.floors.get(sequence, 0)
        if not stays:
            assert self.eroded  # otherwise it was known
            self.lost.add(sequence)
            del self.floors[sequence]
        return stays

    def _copy(self, source: int, target: int, length: int) -> None:
        assert source != target
        assert not self.sequences[target]
        assert self.room.copies
        assert 0 < length <= len(self.sequences[source]) or source in self.lost
        assert is_uncut(self.sequences[source], length)
        if not self._stays(source, length):
            self.sequences[source].clear()
        self.floors[target] = self.floors.get(source, 0)
        self.sequences[target] = self.sequences[source][:length]
        assert not any(cell.moved for cell in self.sequences[target])
        if source in self.lost:
            self.lost.add(target)

    def _save(self, sequence: int, copy: int) -> None:
        assert copy not in self.numbers
        self.numbers.add(copy)
        assert not any(cell.moved for cell in self.sequences[sequence])
        self.copies[copy] = [(cell.token, cell.cache) for cell in self.sequences[sequence]]
        assert sum(self.room.state + len(cells) for cells in self.copies.values()) <= self.room.saved

    def _restore(self, copy: int, target: int, length: int, *, done: bool) -> None:
        assert not self.sequences[target]
        cells = [Cell(token, place, cache) for place, (token, cache) in enumerate(self.copies[copy])]
        if not cells or not done:  # it may have been made of what was lost
            self.lost.add(target)
            return
        assert 0 < length <= len(cells) <= self.reach
        assert self.used + len(cells) <= self.room.cells
        assert is_uncut(cells, length)
        assert length == len(cells) or len(cells) <= self.room.parts
        self.sequences[target] = cells[:length]
        self.floors[target] = 0 if len(cells) <= self.room.parts else len(cells)

    def _shift(self, sequence: int, keep: int, discard: int) -> None:
        assert self.room.shifts
        assert discard > 0
        cells = self.sequences[sequence]
        assert keep + discard <= len(cells)
        elsewhere = {cell for number, others in self.sequences.items() if number != sequence for cell in others}
        for cell in cells[keep + discard :]:
            assert cell not in elsewhere
            cell.position -= discard
            cell.moved = True
        del cells[keep : keep + discard]

    def erode(self, draw: Callable[[int], int]) -> None:
        """Overwrite what no token to come looks at, so that less than before can be forgotten of sequences."""
        self.eroded = True
        for number, cells in self.sequences.items():
            if cells and self.room.cuts:
                self.floors[number] = max(self.floors.get(number, 0), draw(len(cells)))

    def feed(self, step: Step, caches: Mapping[int, str]) -> dict[int, list[int]]:
        """Evaluate; return what follows each token with an output."""
        room, feeds = self.room, step.feeds
        assert len({feed.sequence for feed in feeds}) == len({feed.request for feed in feeds}) == len(feeds)
        assert sum(len(feed.tokens) for feed in feeds if is_text(feed)) <= room.batch
        assert sum(map(is_part, feeds)) <= 1
        assert sum(feed.outputs for feed in feeds) <= (room.outputs or room.batch)
        said = {feed.request: self._evaluate(feed, caches[feed.request]) for feed in feeds}
        assert self.used <= room.cells
        return said

    def _evaluate(self, feed: Feed, cache: str) -> list[int]:
        cells = self.sequences[feed.sequence]
        assert feed.tokens
        assert feed.position == len(cells)
        assert is_text(feed) or is_part(feed)
        assert [cell.position for cell in cells] == list(range(len(cells)))
        assert {cell.cache for cell in cells} <= {cache}
        if self.users.get(feed.sequence) != feed.request:
            assert not any(cell.moved for cell in cells)
        self.users[feed.sequence] = feed.request
        cells += [Cell(token, feed.position + place, cache) for place, token in enumerate(feed.tokens)]
        assert len(cells) <= self.reach
        tokens = [cell.token for cell in cells]
        first = len(tokens) - feed.outputs
        return [next_token(tokens[: first + place + 1]) for place in range(feed.outputs)]

    def take_back(self, step: Step) -> frozenset[int]:
        """Undo the feeds; return the sequences that had to be forgotten as a whole."""
        lost = set()
        for feed in step.feeds:
            cuts = self.room.cuts and feed.position >= self.floors.get(feed.sequence, 0)
            if not cuts and feed.position:
                lost.add(feed.sequence)
            del self.sequences[feed.sequence][feed.position if cuts else 0 :]
        return frozenset(lost)

"""An engine that only keeps books: it does what steps say, and fails where a real one would go wrong."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from olbuild.running.scheduler import Scheduler
from olbuild.running.steps import Copy, Cut, Feed, Forget, Restore, Room, Save, Shift, Step
from tests.unit.running.scheduler.cells import Cell, is_part, is_text, is_uncut

VOCABULARY = 50


def next_token(tokens: Sequence[int]) -> int:
    """Return what the model says behind some tokens."""
    return hash(tuple(tokens)) % VOCABULARY


@dataclass
class Asked:
    """A request, and what came of it."""

    prompt: tuple[int, ...]
    most: int
    shift: bool = False
    keep: int = 4
    client: str = ""
    cache: str = ""
    priority: int = 0
    answer: list[int] = field(default_factory=list)

    def expected(self, limit: int) -> list[int]:
        """Return the answer that it would get alone."""
        tokens, answer = list(self.prompt), list[int]()
        while len(answer) < self.most:
            answer.append(next_token(tokens))
            if len(tokens) == limit:
                if not self.shift:
                    break
                keep = min(len(self.prompt) if self.keep < 0 else self.keep, limit - 1)
                del tokens[keep : keep + max((limit - keep) // 2, 1)]
            tokens.append(answer[-1])
        return answer


class Engine:
    """Sequences of cells."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.sequences: dict[int, list[Cell]] = {number: [] for number in range(room.sequences)}
        self.users: dict[int, int] = {}
        self.copies: dict[int, list[tuple[int, str]]] = {}
        self.numbers: set[int] = set()
        self.lost: set[int] = set()

    @property
    def used(self) -> int:
        return len({cell for cells in self.sequences.values() for cell in cells})

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
        assert 0 <= length <= len(self.sequences[sequence]) or sequence in self.lost
        assert self.room.cuts or length in {0, len(self.sequences[sequence])}
        assert is_uncut(self.sequences[sequence], length)
        del self.sequences[sequence][length:]

    def _copy(self, source: int, target: int, length: int) -> None:
        assert source != target
        assert not self.sequences[target]
        assert self.room.copies
        assert 0 < length <= len(self.sequences[source]) or source in self.lost
        assert is_uncut(self.sequences[source], length)
        self.sequences[target] = self.sequences[source][:length]
        assert not any(cell.moved for cell in self.sequences[target])
        if source in self.lost:
            self.lost.add(target)

    def _save(self, sequence: int, copy: int) -> None:
        assert copy not in self.numbers
        self.numbers.add(copy)
        assert not any(cell.moved for cell in self.sequences[sequence])
        self.copies[copy] = [(cell.token, cell.cache) for cell in self.sequences[sequence]]
        assert sum(map(len, self.copies.values())) <= self.room.saved

    def _restore(self, copy: int, target: int, length: int, *, done: bool) -> None:
        assert not self.sequences[target]
        cells = [Cell(token, place, cache) for place, (token, cache) in enumerate(self.copies[copy])]
        if not cells or not done:  # it may have been made of what was lost
            self.lost.add(target)
            return
        assert 0 < length <= len(cells) <= self.room.context
        assert self.used + len(cells) <= self.room.cells
        assert is_uncut(cells, length)
        self.sequences[target] = cells[:length]

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
        assert len(cells) <= self.room.context
        tokens = [cell.token for cell in cells]
        first = len(tokens) - feed.outputs
        return [next_token(tokens[: first + place + 1]) for place in range(feed.outputs)]

    def take_back(self, step: Step) -> frozenset[int]:
        """Undo the feeds; return the sequences that had to be forgotten as a whole."""
        lost = set()
        for feed in step.feeds:
            if not self.room.cuts and feed.position:
                lost.add(feed.sequence)
            del self.sequences[feed.sequence][feed.position if self.room.cuts else 0 :]
        return frozenset(lost)


class Simulation:
    """A scheduler, an engine, and requests whose answers are compared with those that they would get alone.

    Attributes:
        open: the requests that have not ended.
        evaluated: tokens that were evaluated so far.
        missing: cells that the engine says it has, and has not.
        forgetful: the part of copies that cannot be put back.
    """

    def __init__(self, room: Room, *, chunk: int = 16, seed: int = 0, missing: int = 0, forgetful: float = 0) -> None:
        self.engine = Engine(room)
        self.scheduler = Scheduler(room, chunk=chunk)
        self.asked: dict[int, Asked] = {}
        self.open: set[int] = set()
        self.evaluated = 0
        self.missing = missing
        self.forgetful = forgetful
        self._random = random.Random(seed)  # noqa: S311 - a test
        self._limit = self.scheduler.limit

    def ask(self, asked: Asked) -> int:
        number = len(self.asked)
        self.scheduler.add(
            number,
            asked.prompt,
            most=asked.most,
            shift=asked.shift,
            keep=asked.keep,
            client=asked.client,
            cache=asked.cache,
            priority=asked.priority,
        )
        self.asked[number] = asked
        self.open.add(number)
        return number

    def cancel(self, number: int) -> None:
        self.scheduler.finish(number)
        self.open.discard(number)

    def grow(self, *, lost: float = 0) -> None:
        """Have twice the room, and lose a part of the sequences on the way."""
        engine, room = self.engine, self.engine.room
        engine.edit(self.scheduler.settle(), restores=lambda: False)
        engine.room = replace(room, sequences=2 * room.sequences, cells=2 * room.cells)
        gone = frozenset(number for number, cells in engine.sequences.items() if cells and self._random.random() < lost)
        engine.sequences |= {number: [] for number in (*gone, *range(room.sequences, engine.room.sequences))}
        self.scheduler.grow(engine.room, gone)

    def step(self, *, guess: bool = False, cancelled: float = 0, abort: bool = False) -> Step:
        """Do one step.

        Args:
            guess: guess what follows.
            cancelled: the part of its requests that end while it is being done.
            abort: take it back in the end.
        """
        step = self.scheduler.schedule(self._guesses() if guess else {})
        self.engine.edit(step, restores=lambda: self._random.random() >= self.forgetful)
        if self.engine.lost:
            self._end(self.scheduler.retract(step, lost=frozenset(self.engine.lost)))
            return step
        assert self.scheduler.figures.cells == self.engine.used
        if not step.feeds:
            assert not self.open
            return step
        wanted = self.engine.used + sum(len(feed.tokens) for feed in step.feeds)
        assert wanted <= self.engine.room.cells
        if wanted > self.engine.room.cells - self.missing:
            self._end(self.scheduler.retract(step, full=True))
            return step
        said = self.engine.feed(step, {number: asked.cache for number, asked in self.asked.items()})
        for feed in step.feeds:
            if self._random.random() < cancelled:
                self.cancel(feed.request)
        if abort:
            self._end(self.scheduler.retract(step, lost=self.engine.take_back(step)))
        else:
            self._end(self.scheduler.advance(step, self._choose(step, said)))
            self.evaluated += sum(len(feed.tokens) for feed in step.feeds)
        return step

    def _guesses(self) -> dict[int, list[int]]:
        """Guess what follows, and be wrong sometimes."""
        found = {}
        for number in self.open:
            asked = self.asked[number]
            rest = asked.expected(self._limit)[len(asked.answer) :][: self._random.randrange(6)]
            if rest and self._random.random() < 0.5:
                rest[self._random.randrange(len(rest))] = VOCABULARY
            found[number] = rest
        return found

    def _choose(self, step: Step, said: Mapping[int, list[int]]) -> dict[int, list[int]]:
        """Take the guesses that are right, and the token behind them."""
        chosen = {}
        for feed in step.feeds:
            if not feed.outputs or feed.request not in self.open:
                continue
            chosen[feed.request] = right = said[feed.request][:1]
            guesses = feed.tokens[len(feed.tokens) - feed.outputs + 1 :]
            for guess, then in zip(guesses, said[feed.request][1:], strict=True):
                if guess != right[-1]:
                    break
                right.append(then)
            self.asked[feed.request].answer += right
        return chosen

    def _end(self, requests: Sequence[int]) -> None:
        assert len(set(requests)) == len(requests)
        for number in requests:
            self.open.remove(number)
            answer, expected = self.asked[number].answer, self.asked[number].expected(self._limit)
            assert answer == expected[: len(answer)]
            assert self.missing or answer == expected

    def compare(self) -> None:
        """Compare what the scheduler believes with what is there. Between steps it may know of edits to come."""
        figures = self.scheduler.figures
        assert figures.waiting + figures.reading + figures.generating == len(self.open)
        assert figures.cached <= figures.cells <= self.engine.used
        assert figures.reading + figures.generating <= self.engine.room.sequences
        assert figures.saved <= self.engine.room.saved

    def run(self, steps: int, *, guess: bool = False) -> int:
        """Do steps until all requests have ended, and fail if that takes too long; return how many it took."""
        for count in range(steps):
            if not self.open:
                return count
            self.step(guess=guess)
        assert not self.open
        return steps

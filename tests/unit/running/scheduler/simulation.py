"""A scheduler and an engine that only keeps books, which answer what is asked."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from olbuild.core.records import replace
from olbuild.running.scheduler import Scheduler
from olbuild.running.steps import Feed, Room, Step
from tests.unit.running.scheduler.books import VOCABULARY, Engine, next_token


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
        """Have a whole context if that is needed, else twice the room; and lose a part of the sequences on the way."""
        engine, room = self.engine, self.engine.room
        step = self.scheduler.settle()
        engine.edit(step, restores=lambda: False)
        if engine.lost:
            self._end(self.scheduler.retract(step, lost=frozenset(engine.lost)))
        if self.scheduler.lacks:
            engine.room = replace(room, ready=0)
        else:
            engine.room = replace(room, sequences=2 * room.sequences, cells=2 * room.cells)
        gone = frozenset(number for number, cells in engine.sequences.items() if cells and self._random.random() < lost)
        engine.sequences |= {number: [] for number in (*gone, *range(room.sequences, engine.room.sequences))}
        engine.floors = {number: floor for number, floor in engine.floors.items() if number not in gone}
        self.scheduler.grow(engine.room, gone)

    def erode(self) -> None:
        """Let it be less that can be forgotten of some sequences."""
        self.engine.erode(lambda length: self._random.choice([0, self._random.randrange(length + 1)]))

    def step(self, *, guess: bool = False, cancelled: float = 0, abort: bool = False, ahead: bool = False) -> Step:
        """Do one step.

        Args:
            guess: guess what follows.
            cancelled: the part of its requests that end while it is being done.
            abort: take it back in the end; with ``ahead``, the last evaluation of it.
            ahead: evaluate some of what is chosen, too, as far as that is allowed.
        """
        if self.scheduler.lacks:
            self.grow()
        step = self.scheduler.schedule(self._guesses() if guess else {}, floors=self.engine.floors)
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
        if abort and not (ahead and step.ahead):
            self._end(self.scheduler.retract(step, lost=self.engine.take_back(step)))
            return step
        chosen = self._choose(step, said)
        self.evaluated += sum(len(feed.tokens) for feed in step.feeds)
        lost: frozenset[int] = frozenset()
        for _ in range(self._random.randrange(step.ahead + 1) if ahead else 0):
            if lost or any(feed.request not in self.open for feed in step.feeds):
                break
            lost = self._follow(step, chosen, cancelled=cancelled, abort=abort and self._random.random() < 0.3)
        self._end(self.scheduler.advance(step, chosen))
        if lost:
            self._end(self.scheduler.retract(Step(), lost=lost))
        return step

    def _follow(self, step: Step, chosen: dict[int, list[int]], *, cancelled: float, abort: bool) -> frozenset[int]:
        """Evaluate what was chosen, if there are cells for it; return the sequences that were lost."""
        if self.engine.used + len(step.feeds) > self.engine.room.cells - self.missing:
            assert self.missing
            return frozenset()
        last = Step(
            feeds=tuple(
                Feed(feed.request, feed.sequence, feed.position + len(chosen[feed.request]), (token,), 1)
                for feed in step.feeds
                for token in chosen[feed.request][-1:]
            )
        )
        said = self.engine.feed(last, {number: asked.cache for number, asked in self.asked.items()})
        for feed in step.feeds:
            if self._random.random() < cancelled:
                self.cancel(feed.request)
        if abort:
            return self.engine.take_back(last)
        for number, tokens in self._choose(last, said).items():
            chosen[number] += tokens
        self.evaluated += len(step.feeds)
        return frozenset()

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

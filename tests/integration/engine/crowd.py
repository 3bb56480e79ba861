"""Many requests at once on a tiny model, and what each of them would have got alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt

from olbuild.running.engine.decoder import Decoder
from olbuild.running.engine.outcome import NotEvaluated
from olbuild.running.scheduler import Scheduler
from olbuild.running.steps import Copy, Feed, Restore, Save, Step
from tests.integration.engine.kinds import TOLERANCE, Tiny, prompt

_BEGINNINGS = tuple(prompt(length, length) for length in (30, 90, 200, 330))


@dataclass
class Request:
    """What is asked, and what was said: the tokens, and the logits that each was chosen from."""

    prompt: tuple[int, ...]
    most: int
    shift: bool = False
    answer: list[int] = field(default_factory=list)
    rows: list[npt.NDArray[np.float32]] = field(default_factory=list)


class Crowd:
    """Asks at random, and lets the scheduler and the engine answer."""

    def __init__(self, tiny: Tiny, decoder: Decoder, seed: int) -> None:
        self.tiny, self.decoder = tiny, decoder
        self.scheduler = Scheduler(decoder.room, chunk=40)
        self.requests: list[Request] = []
        self.open: set[int] = set()
        self.kept = 0
        """How many beginnings were copied, saved or put back."""
        self._random = Random(seed)  # noqa: S311 - a test

    def ask(self) -> None:
        """Ask something new, go on with what was said, or ask the same once more."""
        chance = self._random
        earlier = chance.choice(self.requests) if self.requests else None
        match chance.randrange(4) if earlier else 3:
            case 0 if earlier is not None:
                tokens: Sequence[int] = (*earlier.prompt, *earlier.answer, 1, 2, 3)
            case 1 if earlier is not None:
                tokens = earlier.prompt
            case _:
                beginning = chance.choice(_BEGINNINGS)
                tokens = (
                    *beginning[: chance.choice([25, len(beginning)])],
                    *prompt(chance.randrange(1, 9), chance.randrange(9)),
                )
        most = chance.choice([1, 6, 60])
        if len(tokens) > self.scheduler.limit:
            return
        request = Request(tuple(tokens), most, shift=chance.random() < 0.1)
        number = len(self.requests)
        client, priority = chance.choice("ab"), chance.choice([0, 0, 0, 1])
        self.scheduler.add(number, request.prompt, most=most, shift=request.shift, client=client, priority=priority)
        self.requests.append(request)
        self.open.add(number)

    def step(self) -> None:
        """Do what comes next; sometimes somebody goes away, or the engine is interrupted."""
        chance, decoder = self._random, self.decoder
        if self.open and chance.random() < 0.05:
            self._end(chance.choice(sorted(self.open)))
        lacks = self.scheduler.lacks
        if lacks or (self.scheduler.figures.waiting and decoder.grows):
            self._settle()
            lost = decoder.grow(len(self.open), whole=lacks)
            assert self.scheduler.grow(decoder.room, lost) == ()
        guesses = {number: prompt(chance.randrange(4), chance.randrange(99)) for number in self.open}
        step = self.scheduler.schedule(guesses, decoder.floors)
        self.kept += sum(isinstance(edit, Copy | Save | Restore) for edit in step.edits)
        if chance.random() < 0.05:
            self.tiny.stop.set()
        try:
            rows = decoder.apply(step)
        except NotEvaluated as failed:
            for number in self.scheduler.retract(step, lost=failed.lost, full=failed.full):
                self._end(number)
            return
        finally:
            self.tiny.stop.clear()
        if step.feeds:
            self._choose(step, rows)

    def _settle(self) -> None:
        step = self.scheduler.settle()
        try:
            self.decoder.apply(step)
        except NotEvaluated as failed:
            self.scheduler.retract(step, lost=failed.lost)

    def _choose(self, step: Step, rows: npt.NDArray[np.float32]) -> None:
        chosen, row = dict[int, tuple[int, ...]](), 0
        for feed in step.feeds:
            if feed.outputs:
                chosen[feed.request] = self._take(feed, rows[row : row + feed.outputs])
                row += feed.outputs
        lost: frozenset[int] = frozenset()
        for _ in range(self._random.randrange(min(step.ahead, 3) + 1)):
            if self._random.random() < 0.1:
                self.tiny.stop.set()
            try:
                rows = self.decoder.follow([chosen[feed.request][-1] for feed in step.feeds])
            except NotEvaluated as failed:
                lost = failed.lost
                break
            finally:
                self.tiny.stop.clear()
            for row, feed in enumerate(step.feeds):
                chosen[feed.request] += self._take(feed, rows[row : row + 1])
        for number in self.scheduler.advance(step, chosen):
            self._end(number)
        if lost:
            self.scheduler.retract(Step(), lost=lost)

    def _take(self, feed: Feed, rows: npt.NDArray[np.float32]) -> tuple[int, ...]:
        """Take the guesses that are right, and the token behind them."""
        request, taken = self.requests[feed.request], list[int]()
        guesses = feed.tokens[len(feed.tokens) - feed.outputs + 1 :]
        for row, guess in zip(rows, (*guesses, None), strict=True):
            request.rows.append(row.copy())
            taken.append(int(row.argmax()))
            if guess != taken[-1]:
                break
        request.answer += taken
        return tuple(taken)

    def _end(self, number: int) -> None:
        self.scheduler.finish(number)
        self.open.discard(number)

    def check(self) -> None:
        """Compare what every request got with what it gets alone, logit by logit."""
        for request in self.requests:
            if request.shift and len(request.prompt) + len(request.answer) > self.scheduler.limit:
                continue  # what is forgotten of a context is something else than what was never there
            alone = self.tiny.each((*request.prompt, *request.answer))[len(request.prompt) - 1 :]
            for place, (row, expected) in enumerate(zip(request.rows, alone, strict=False)):
                difference: Any = np.abs(row - expected).max()
                assert difference < TOLERANCE, (self.tiny.kind, len(request.prompt), place, difference)

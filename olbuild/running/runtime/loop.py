"""What the thread of the engine does: it takes jobs, lets the scheduler say what comes next, and does it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from olbuild.core.errors import EngineError, OlbuildError
from olbuild.running.engine.candidates import Candidates
from olbuild.running.engine.decoder import Decoder
from olbuild.running.engine.outcome import NotEvaluated
from olbuild.running.engine.vocabulary import Vocabulary
from olbuild.running.engine.weights import Weights
from olbuild.running.jobs import Part
from olbuild.running.media import key_of
from olbuild.running.options import GUESSED_AT_ONCE
from olbuild.running.requests import Done
from olbuild.running.runtime.answer import Answer
from olbuild.running.runtime.chooser import Chooser
from olbuild.running.runtime.delivery import Delivery
from olbuild.running.runtime.guessing import Guesser, Lookup, Wanted
from olbuild.running.runtime.mailbox import Begin, Cancel, Close, Mailbox
from olbuild.running.runtime.resting import Rest
from olbuild.running.runtime.watch import StopWatch
from olbuild.running.scheduler import Pace, Scheduler
from olbuild.running.steps import Feed, Step

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_LOGGER = logging.getLogger(__name__)
_GLANCES = 16  # evaluations from one look at the figures to the next
_FORCED_AT_ONCE = 2  # with 3 answers on two cores, a token more costs all of them more than it saves one


class Loop:
    """The jobs of a model. All of it runs in one thread.

    Args:
        weights: the model.
        decoder: its context.
        vocabulary: its vocabulary.
        mailbox: what other threads ask for.
        rest: what is done while nobody wants anything.
        drafter: a draft, if there is one.
    """

    def __init__(
        self,
        weights: Weights,
        decoder: Decoder,
        vocabulary: Vocabulary,
        mailbox: Mailbox,
        rest: Rest,
        drafter: Guesser | None = None,
    ) -> None:
        """Prepare; ``run`` does the work."""
        self._llama = weights.llama
        self._decoder, self._vocabulary, self._mailbox, self.rest = decoder, vocabulary, mailbox, rest
        self._scheduler = Scheduler(decoder.room)
        self._pace = Pace()
        self._drafts = drafter is not None
        self._guesser: Guesser = drafter or Lookup()
        self._candidates = Candidates(self._llama, vocabulary.size)
        self._answers: dict[int, Answer] = {}
        self._delivery = Delivery(self._answers)
        self.watch = StopWatch()
        self._guesses: dict[int, tuple[int, ...]] = {}  # which the next step is to check
        self._done = 0  # evaluations since the last look at the figures
        self.cache_use = 0.0
        """Which part of the cache the jobs take that are going on; any thread may look."""

    def run(self) -> None:
        """Work until the mailbox is closed; what is then on its way ends as interrupted."""
        fault: EngineError | None = None
        try:
            while self._obey():
                with self.watch.working():
                    self._step()
        except Exception as error:
            # A fault of ours. Nothing that was kept can be trusted.
            _LOGGER.exception("the loop of the engine failed")
            self._mailbox.close()
            fault = EngineError(f"the engine failed: {type(error).__name__}: {error}")
            self._fail(list(self._answers), fault)
        for request in list(self._answers):
            self._end(request)
        self._delivery.deliver()
        for command in self._mailbox.commands(wait=False):
            if isinstance(command, Begin):
                command.refuse(fault or Done(finish="interrupted", prompt_tokens=len(command.job.prompt)))

    def _obey(self) -> bool:
        """Do what others ask for; wait for that if there is nothing to do. Return whether to go on."""
        while True:
            if not self._answers:
                self._delivery.deliver()
                self.rest.begin()
            for command in self._mailbox.commands(wait=not self._answers):
                self.rest.end()
                match command:
                    case Begin():
                        self._add(command)
                    case Cancel(request):
                        if request in self._answers:
                            self._end(request)
                    case Close():
                        return False
            if self._answers:
                return True
            self.cache_use = 0.0

    def _answer(self, begin: Begin) -> Answer:
        job, context = begin.job, self._decoder.room.context
        chooser = Chooser(
            self._llama,
            self._candidates,
            job.sampling,
            context=context,
            prompt=[token for token in job.prompt if not key_of(token)] if job.parts else job.prompt,
            vocabulary=self._vocabulary,
            constraint=job.constraint,
        )
        return Answer(
            job, begin.hear, self._vocabulary, chooser, context=context, drafts=self._drafts, submitted=begin.time
        )

    def _add(self, begin: Begin) -> None:
        job = begin.job
        try:
            answer = self._answers[begin.request] = self._answer(begin)
        except Exception as error:  # a fault of ours, such as one in the samplers that it wishes, is that of one job
            _LOGGER.exception("a job could not be begun")
            begin.refuse(EngineError(f"the request could not be begun: {type(error).__name__}: {error}"))
            return
        try:
            self._scheduler.add(
                begin.request,
                job.prompt,
                most=answer.most,
                shift=job.shift,
                keep=job.sampling.num_keep,
                client=job.client,
                cache=job.cache,
                priority=job.priority,
            )
        except OlbuildError as error:  # llama.cpp may have had fewer cells than it said
            self._fail([begin.request], error)

    def _end(self, request: int) -> None:
        answer = self._answers.pop(request)
        self._forget(request)
        answer.end(answer.finish or "interrupted")
        self._delivery.end(answer)

    def _fail(self, requests: Iterable[int], error: OlbuildError) -> None:
        for request in requests:
            if (answer := self._answers.pop(request, None)) is not None:
                self._forget(request)
                answer.fail(error)
                self._delivery.end(answer)

    def _forget(self, request: int) -> None:
        self._scheduler.finish(request)
        self._guesser.forget(request)

    def _guess(self) -> dict[int, tuple[int, ...]]:
        """Return guesses for the answers that are being given: what a grammar forces, else what the guesser finds.

        A step for many is used well without guesses: its time grows with its tokens, and all have to wait for it.
        """
        if len(self._answers) > GUESSED_AT_ONCE:
            return {}
        few = self._answers.items() if len(self._answers) <= _FORCED_AT_ONCE else ()
        forced = {request: tokens for request, answer in few if (tokens := answer.force())}
        wanted = {
            request: Wanted(answer.history, answer.guesses)
            for request, answer in self._answers.items()
            if answer.guesses and request not in forced
        }
        return (self._guesser.guess(wanted) if wanted else {}) | forced

    def _grow(self) -> None:
        """Make room for the requests that wait, and for what has become long."""
        self._delivery.deliver()
        step = self._scheduler.settle()
        try:
            self._decoder.apply(step)
        except NotEvaluated as failed:
            self._retract(step, failed)
        lost = self._decoder.grow(len(self._answers), whole=self._scheduler.lacks)
        self._starve(self._scheduler.grow(self._decoder.room, lost))

    def _step(self) -> None:
        while (len(self._answers) > self._decoder.room.sequences and self._decoder.grows) or self._scheduler.lacks:
            self._grow()
        guesses, self._guesses = self._guesses or self._guess(), {}
        step = self._scheduler.schedule(guesses, self._decoder.floors)
        feeds = step.feeds
        tokens = self.watch.tokens = sum([len(feed.tokens) for feed in feeds])
        self._delivery.deliver(at_once=tokens > len(feeds))  # to read a prompt takes longer
        wanted = self._mailbox.serve({feed.request for feed in feeds}, self._decoder.spare - len(self._answers))
        try:
            if not wanted or not feeds:
                self._decoder.apply(Step(edits=step.edits))  # which the scheduler counts on
                if feeds:
                    self._retract(step, NotEvaluated())
                return
            for feed in feeds:
                self._answers[feed.request].begin(feed)
            began = time.perf_counter()
            parts = self._parts(step)
            logits = self._decoder.apply(step, parts)
            if not parts:  # an image says nothing about how long texts take
                self._pace.note(tokens, time.perf_counter() - began)
                self._scheduler.chunk = self._pace.chunk
            self._go_on(step, logits)
        except NotEvaluated as failed:
            self._retract(step, failed)
        finally:
            self._mailbox.served()

    def _parts(self, step: Step) -> dict[int, Part]:
        """Return the parts of images that a step shows."""
        shown = ((feed.request, key_of(feed.tokens[0])) for feed in step.feeds)
        return {key: self._answers[request].parts[key] for request, key in shown if key}

    def _starve(self, requests: Iterable[int]) -> None:
        self._fail(requests, EngineError("the cache of the model has no room for the request"))

    def _retract(self, step: Step, failed: NotEvaluated) -> None:
        """Take note that a step did not happen."""
        self._starve(self._scheduler.retract(step, lost=failed.lost, full=failed.full))
        if failed.error is not None:
            whose = [feed.request for feed in step.feeds] if failed.request is None else [failed.request]
            self._fail(whose, failed.error)

    def _go_on(self, step: Step, logits: npt.NDArray[np.float32]) -> None:
        """Let each answer choose its next tokens, and evaluate those too for as long as there is nothing to decide."""
        feeds = step.feeds
        chosen: dict[int, tuple[int, ...]] = {feed.request: () for feed in feeds if feed.outputs}
        self._choose(feeds, logits, chosen)
        lost: frozenset[int] = frozenset()
        for _ in range(step.ahead):
            self._delivery.deliver(at_once=False)
            if not self._undisturbed(feeds):
                break
            self.watch.working(len(feeds))
            try:
                logits = self._decoder.follow([chosen[feed.request][-1] for feed in feeds])
            except NotEvaluated as failed:  # if it lasts, the next step meets it, too
                lost = failed.lost
                break
            self._choose(feeds, logits, chosen)
        ended = self._scheduler.advance(step, chosen)
        if lost:
            self._scheduler.retract(Step(), lost=lost)
        if self._done >= _GLANCES:
            self._look()
        for feed in feeds:
            answer = self._answers.get(feed.request)
            if answer is not None and (answer.finish is not None or feed.request in ended):
                answer.finish = answer.finish or "length"
                self._end(feed.request)

    def _choose(
        self, feeds: Sequence[Feed], logits: npt.NDArray[np.float32], chosen: dict[int, tuple[int, ...]]
    ) -> None:
        """Let each answer choose its next tokens, and note them behind what it has chosen before."""
        self._done, row = self._done + 1, 0
        for feed in feeds:
            if feed.outputs:
                try:
                    chosen[feed.request] += self._answers[feed.request].take(feed, logits[row : row + feed.outputs])
                except OlbuildError as error:
                    self._fail([feed.request], error)
                except Exception as error:  # a fault of ours, such as one in a constraint, is that of one job
                    _LOGGER.exception("a token could not be chosen")
                    reason = EngineError(f"a token could not be chosen: {type(error).__name__}: {error}")
                    self._fail([feed.request], reason)
                row += feed.outputs

    def _undisturbed(self, feeds: Sequence[Feed]) -> bool:
        """Whether all answers want one token more, without guesses, and nobody asks for anything else."""
        answers = self._answers.values()
        if self._mailbox.waiting or len(answers) != len(feeds) or any(answer.finish is not None for answer in answers):
            return False
        self._guesses = self._guess() if any(answer.guessed for answer in answers) else {}
        return not self._guesses

    def _look(self) -> None:
        figures, self._done = self._scheduler.figures, 0
        self.cache_use = (figures.cells - figures.cached) / self._decoder.room.cells

"""One job on its way: its tokens are chosen here, and become text."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from olbuild.core.errors import OlbuildError
from olbuild.running.engine.logprobs import logprob
from olbuild.running.engine.text import TextStream
from olbuild.running.engine.vocabulary import Vocabulary
from olbuild.running.jobs import Hear, Job, JobEvent, Part, Piece
from olbuild.running.requests import Done, Finish, TokenLogprob
from olbuild.running.runtime.chooser import Chooser
from olbuild.running.runtime.guessing import Trust
from olbuild.running.steps import Feed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_LOGGER = logging.getLogger(__name__)
_MOST_CONTEXTS = 10
_MOST_FORCED = 32


def most_tokens(num_predict: int, context: int) -> int:
    """Return how many tokens an answer may have: those of a context, unless someone asks for more, up to ten.

    Without a limit, a model that never ends its answer would go on for minutes, which is of no use to anybody.
    """
    return context if num_predict < 0 else min(num_predict, _MOST_CONTEXTS * context)


class Answer:
    """What happens to one job, from its submission to the event that ends it.

    Args:
        job: the job.
        hear: hears its events, when they are delivered.
        vocabulary: of the model.
        chooser: chooses its tokens; closed at the end.
        context: most tokens of prompt and answer.
        drafts: whether there is a draft.
        submitted: when it was submitted, by ``time.perf_counter``.
    """

    def __init__(
        self,
        job: Job,
        hear: Hear,
        vocabulary: Vocabulary,
        chooser: Chooser,
        *,
        context: int,
        drafts: bool,
        submitted: float,
    ) -> None:
        """Begin."""
        self._job, self._hear, self._vocabulary, self._chooser = job, hear, vocabulary, chooser
        self._text = TextStream(job.sampling.stop)
        self._logprobs: list[TokenLogprob] = []
        self._unheard: list[JobEvent] = []
        self._heard = False
        self._submitted = submitted
        self._fed: float | None = None
        self._read: float | None = None
        self._cached = self._tokens = 0
        self.most = most_tokens(job.sampling.num_predict, context)
        if not job.shift:
            self.most = min(self.most, context - len(job.prompt) + 1)  # the last one needs no place any more
        self.history = list(job.prompt)
        """Prompt and answer, in tokens."""
        # Guesses are looked up, or made by a draft, in what was said; neither knows what an image is.
        self._trust = Trust(0 if job.parts else job.sampling.guesses(drafts=drafts))
        self._forced: tuple[int, ...] = ()
        self.guessed = bool(self._trust.width) or job.constraint is not None
        """Whether there may ever be guesses of what comes next."""
        self.finish: Finish | None = None
        """Why it has ended, if it has."""

    @property
    def parts(self) -> Mapping[int, Part]:
        """The parts of images in the prompt."""
        return self._job.parts

    def begin(self, feed: Feed) -> None:
        """Take note that the first tokens are evaluated now."""
        if self._fed is None:
            self._fed, self._cached = time.perf_counter(), feed.position

    def force(self) -> tuple[int, ...]:
        """Return what nearly surely comes next, because the constraint has nothing else; never fail for it."""
        if not self.guessed:
            return ()
        try:
            self._forced = tuple(self._chooser.forced[:_MOST_FORCED]) if self._tokens else ()
        except Exception:  # a fault in the constraint of one job, which its next token will meet again
            _LOGGER.exception("what a grammar forces could not be told")
            self._forced = ()
        return self._forced

    @property
    def guesses(self) -> int:
        """How many guesses of what comes next are worth their price."""
        return min(self._trust.width, self.most - self._tokens - 1) if self._tokens else 0

    def take(self, feed: Feed, logits: npt.NDArray[np.float32]) -> tuple[int, ...]:
        """Choose from the logits of a feed's outputs, a row each; return the tokens, which may be none at the end.

        Each token is chosen as if it were the only one: a guess counts as long as it is what is chosen before it.

        Raises:
            EngineError: if the constraint allows no token.
        """
        if self._read is None:
            self._read = time.perf_counter()
        guesses = feed.tokens[len(feed.tokens) - feed.outputs + 1 :]
        chosen: list[int] = []
        if self.most == 0:
            self.finish = "length"
        for place in range(feed.outputs):
            if self.finish is not None:
                break
            row = logits[place]
            chosen.append(token := self._chooser.choose(row))
            self._tokens += 1
            self._show(token, row)
            if place == len(guesses) or token != guesses[place]:
                break
        self.history += chosen
        if not self._forced:
            self._trust.learn(len(guesses), len(chosen) - 1)
        self._forced = ()
        return tuple(chosen)

    def _show(self, token: int, logits: npt.NDArray[np.float32]) -> None:
        if self._vocabulary.ends(token):
            self.finish = "stop"
            return
        if self._job.logprobs is not None:
            self._logprobs.append(logprob(logits, token, self._job.logprobs, self._vocabulary.piece))
        visible = token in self._job.visible
        self._say(self._text.feed(self._vocabulary.shown(token) if visible else self._vocabulary.piece(token)))
        if self._text.stopped:
            self.finish = "stop"
        elif self._chooser.finished:
            self._tokens = min(self._tokens + 1, self.most)  # the end: it is counted as ever, and not computed
            self.finish = "stop"
        elif self._tokens >= self.most:
            self.finish = "length"

    def _say(self, text: str) -> None:
        """Hand over text, with what is known of the tokens since the last piece."""
        if text:
            self._tell(Piece(text=text, logprobs=tuple(self._logprobs)))
            self._logprobs.clear()

    def end(self, finish: Finish) -> None:
        """Hand over what was held back, and the figures."""
        now = time.perf_counter()
        rest = self._text.finish()
        if self._text.stopped:
            self._logprobs.clear()  # of the stop text
        if rest or self._logprobs:
            self._tell(Piece(text=rest, logprobs=tuple(self._logprobs)))
        fed = now if self._fed is None else self._fed
        read = now if self._read is None else self._read
        self._close(
            Done(
                finish=finish,
                stop=self._text.stop,
                prompt_tokens=len(self._job.prompt),
                cached_tokens=self._cached,
                tokens=self._tokens,
                waited=fed - self._submitted,
                prompt_seconds=read - fed,
                generation_seconds=now - read,
                seed=self._chooser.seed,
            )
        )

    def fail(self, error: OlbuildError) -> None:
        """End with an error."""
        self._close(error)

    def _close(self, event: JobEvent) -> None:
        self._chooser.close()
        self._tell(event)

    def _tell(self, event: JobEvent) -> None:
        self._unheard.append(event)

    @property
    def waits(self) -> bool:
        """Whether someone waits for a first word, which is there."""
        return not self._heard and bool(self._unheard)

    def deliver(self) -> None:
        """Let the listener hear what there is; one that raises hears nothing more."""
        events, self._unheard = self._unheard, []
        self._heard = self._heard or bool(events)
        for event in events:
            try:
                self._hear(event)
            except Exception:
                _LOGGER.exception("a listener failed")
                self._hear = _ignore
                self.finish = self.finish or "interrupted"


def _ignore(_event: JobEvent) -> None:
    """Hear nothing."""

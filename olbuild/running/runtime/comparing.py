"""Vectors and scores of a model for all threads, for as long as the model is there."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from queue import SimpleQueue

from olbuild.core.errors import EngineError, OlbuildError, UsageError
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.embedder import Embedder, Tokens
from olbuild.running.engine.sequences import Sequences
from olbuild.running.engine.weights import Weights
from olbuild.running.jobs import HearVectors
from olbuild.running.placement import Placement
from olbuild.running.requests import Done
from olbuild.running.runtime.watch import StopWatch

_LOGGER = logging.getLogger(__name__)


class Comparison:
    """Inputs on their way to vectors; a ``olbuild.running.jobs.Ticket``."""

    def __init__(self, groups: Sequence[Sequence[Tokens]], hear: HearVectors) -> None:
        """Begin without a vector; ``hear`` hears what it ends with, once."""
        self.groups = deque(groups)
        self.vectors: list[bytes] = []
        self._hear: HearVectors | None = hear
        self._lock = threading.Lock()

    @property
    def ended(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._hear is None

    def end(self, event: list[bytes] | Done | OlbuildError) -> None:
        """Tell how it ended, unless it has."""
        with self._lock:
            hear, self._hear = self._hear, None
        if hear is None:
            return
        try:
            hear(event)
        except Exception:
            _LOGGER.exception("a listener failed")

    def cancel(self) -> None:
        """End it at once; what is being evaluated now is the last of it."""
        self.end(Done(finish="interrupted"))


class Comparing:
    """Makes vectors in a thread of its own: of all that are asked for, some inputs each in turn.

    Who frees the weights closes it first.

    Args:
        weights: the model, which must outlive it.
        placement: how long a sequence can be.
    """

    def __init__(self, weights: Weights, placement: Placement) -> None:
        """Prepare; context and thread are made when first needed: few models that continue texts are asked for it."""
        self._weights, self._placement = weights, placement
        self._stop = StopFlag()
        self.watch = StopWatch()
        self._lock = threading.Lock()
        self._embedder: Embedder | None = None
        self._thread: threading.Thread | None = None
        self._waiting: SimpleQueue[Comparison | None] = SimpleQueue()
        self._is_closed = False
        self._sequences = Sequences(weights.llama, weights.model, weights.vocabulary)
        self._tokens: int = weights.llama.llama_vocab_n_tokens(weights.vocabulary)

    def open(self) -> Embedder:
        """Make the context, in the thread that loads."""
        with self._lock:
            return self._opened()

    def sequence(self, text: str, *, truncate: bool) -> tuple[int, ...]:
        """Return the tokens of a text."""
        with self._lock:
            embedder = self._opened()
            tokens = self._sequences.whole(text)
            return self._sequences.fitting(tokens, embedder.context) if truncate else tokens

    def pair(self, query: str, document: str) -> tuple[int, ...]:
        """Return the tokens of a pair."""
        with self._lock:
            self._opened()
            return self._sequences.pair(query, document)

    def embed(self, inputs: Sequence[Tokens], hear: HearVectors) -> Comparison:
        """Begin to make vectors or scores."""
        if any(tokens and not 0 <= min(tokens) <= max(tokens) < self._tokens for tokens in inputs):
            raise UsageError(f"an input has a token that does not exist: there are {self._tokens}")
        with self._lock:
            comparison = Comparison(self._opened().groups(inputs), hear)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="olbuild-comparing", daemon=True)
                self._thread.start()
            self._waiting.put(comparison)
        return comparison

    def _opened(self) -> Embedder:
        if self._is_closed:
            raise EngineError("the model has been closed")
        if self._embedder is None:
            self._embedder = Embedder(self._weights, self._placement, self._stop)
        return self._embedder

    def _run(self) -> None:
        """Work until it is closed."""
        turns: deque[Comparison] = deque()
        while True:
            while not turns or not self._waiting.empty():
                new = self._waiting.get()
                if new is None:
                    for one in turns:
                        one.end(EngineError("the model is being closed"))
                    return
                turns.append(new)
            if self._go_on(one := turns.popleft()):
                turns.append(one)

    def _go_on(self, comparison: Comparison) -> bool:
        """Evaluate some inputs; say whether there are more."""
        embedder = self._embedder
        if comparison.ended or embedder is None:
            return False
        if comparison.groups:
            group = comparison.groups.popleft()
            try:
                with self.watch.working(sum(map(len, group))):
                    comparison.vectors += embedder.embed(group)
            except OlbuildError as error:
                comparison.end(error)
            except Exception as error:  # a fault of ours
                _LOGGER.exception("vectors could not be made")
                comparison.end(EngineError(f"vectors could not be made: {type(error).__name__}: {error}"))
        if not comparison.groups:
            comparison.end(comparison.vectors)
        return not comparison.ended

    def close(self) -> None:
        """End what is on its way, and free the context."""
        with self._lock:
            self._is_closed = True
        self._stop.set()
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join()
        if self._embedder is not None:
            self._embedder.close()

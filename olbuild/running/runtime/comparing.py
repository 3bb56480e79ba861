"""Vectors and scores of a model for all threads, for as long as the model is there."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from olbuild.core.errors import EngineError, UsageError
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.embedder import Embedder
from olbuild.running.engine.sequences import Sequences
from olbuild.running.engine.weights import Weights
from olbuild.running.placement import Placement
from olbuild.running.runtime.watch import StopWatch


class Comparing:
    """Makes vectors in the thread that asks, one caller after the other. Who frees the weights closes it first.

    Args:
        weights: the model, which must outlive it.
        placement: how long a sequence can be.
    """

    def __init__(self, weights: Weights, placement: Placement) -> None:
        """Prepare; the context is made when it is first needed, as few models that continue texts are asked for it."""
        self._weights, self._placement = weights, placement
        self._stop = StopFlag()
        self.watch = StopWatch()
        self._lock = threading.Lock()
        self._embedder: Embedder | None = None
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

    def embed(self, inputs: Sequence[Sequence[int]]) -> list[bytes]:
        """Return vectors or scores."""
        if any(tokens and not 0 <= min(tokens) <= max(tokens) < self._tokens for tokens in inputs):
            raise UsageError(f"an input has a token that does not exist: there are {self._tokens}")
        with self._lock, self.watch.working(sum(map(len, inputs))):
            return self._opened().embed(inputs)

    def _opened(self) -> Embedder:
        if self._is_closed:
            raise EngineError("the model has been closed")
        if self._embedder is None:
            self._embedder = Embedder(self._weights, self._placement, self._stop)
        return self._embedder

    def close(self) -> None:
        """End what is on its way, and free the context."""
        self._stop.set()
        with self._lock:
            self._is_closed = True
            if self._embedder is not None:
                self._embedder.close()

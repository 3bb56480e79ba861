"""Vectors of texts: a context of llama.cpp that pools what a model makes of each sequence."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from olbuild.core.errors import EngineError, UsageError
from olbuild.llama.log import LOG
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.batch import Batch
from olbuild.running.engine.failure import failure
from olbuild.running.engine.native import context_parameters
from olbuild.running.engine.weights import Weights
from olbuild.running.placement import Placement
from olbuild.running.steps import Feed

Tokens: TypeAlias = Sequence[int]

_MEAN, _LAST = 1, 3
_MOST_SEQUENCES = 64
_FLOAT = ctypes.sizeof(ctypes.c_float)


class Embedder:
    """Makes vectors, several sequences in one evaluation. One thread at a time may ``embed``.

    The pooling is the model's own. A model that has none gives the vector of its last token, as Ollama does, or the
    mean of all of them if it looks in both directions.

    Args:
        weights: the model, which must outlive it.
        placement: how long a sequence can be, and how many threads compute.
        stop: ends an evaluation early when it is set.

    Raises:
        ResourceError: if the memory for it cannot be had.
        EngineError: if llama.cpp cannot make it.
    """

    def __init__(self, weights: Weights, placement: Placement, stop: StopFlag) -> None:
        """Make a context."""
        llama = self._llama = weights.llama
        self._stop = stop
        LOG.clear()
        parameters = context_parameters(llama, placement, stop)
        parameters.embeddings = True
        parameters.pooling_type = weights.pooling if weights.pooling > 0 else _LAST if weights.is_causal else _MEAN
        parameters.n_seq_max = _MOST_SEQUENCES
        parameters.n_ctx = parameters.n_batch = parameters.n_outputs_max = max(placement.context, placement.batch)
        # A sequence is pooled as a whole, so it must be evaluated as a whole, unless only its last token counts.
        if parameters.pooling_type != _LAST or not weights.is_causal:
            parameters.n_ubatch = parameters.n_batch
        self._handle = llama.llama_init_from_model(weights.model, parameters)
        if not self._handle:
            raise failure(f"llama.cpp cannot make a context of {parameters.n_ctx} tokens", hint="use a smaller num_ctx")
        try:
            weights.apply_adapters(self._handle)
        except BaseException:
            self.close()
            raise
        self._memory = llama.llama_get_memory(self._handle)
        self._evaluate = llama.llama_decode if self._memory else llama.llama_encode
        self._sequences: int = min(_MOST_SEQUENCES, llama.llama_n_seq_max(self._handle))
        batch: int = llama.llama_n_batch(self._handle)
        self._batch = Batch(llama, batch, batch)
        self.context = min(batch, placement.context)
        count = llama.llama_model_n_cls_out if weights.ranks else llama.llama_model_n_embd_out
        self.length: int = max(1, count(weights.model))

    def groups(self, inputs: Sequence[Tokens]) -> list[list[Tokens]]:
        """Return inputs in their order, as many together as fit into one evaluation. From any thread.

        Raises:
            UsageError: if one is empty, or longer than ``context``.
        """
        for tokens in inputs:
            if not 0 < len(tokens) <= self.context:
                raise UsageError(
                    f"an input has {len(tokens)} tokens, and must have 1 to {self.context}",
                    hint="shorten it, or use a larger num_ctx",
                )
        return list(_groups(inputs, self._batch.size, self._sequences))

    def embed(self, inputs: Sequence[Tokens]) -> list[bytes]:
        """Return a vector of ``length`` little-endian float32 for each input of a group, as the model makes it.

        Raises:
            EngineError: if llama.cpp fails, or the stop flag was set.
        """
        feeds = [
            Feed(request=place, sequence=place, position=0, tokens=tuple(tokens), outputs=len(tokens))
            for place, tokens in enumerate(inputs)
        ]
        self._batch.fill(feeds)
        if self._memory:
            self._llama.llama_memory_clear(self._memory, False)  # noqa: FBT003 - only what was said of it
        LOG.clear()
        code: int = self._evaluate(self._handle, self._batch.native)
        if self._stop:
            raise EngineError("the model is being closed")
        if code != 0:
            raise failure(f"llama.cpp failed to embed {len(inputs)} texts (code {code})")
        return [self._vector(place) for place in range(len(inputs))]

    def _vector(self, sequence: int) -> bytes:
        numbers = self._llama.llama_get_embeddings_seq(self._handle, sequence)
        if not numbers:
            raise EngineError("llama.cpp made no vector")
        return ctypes.string_at(numbers, self.length * _FLOAT)

    def close(self) -> None:
        """Free the context. Safe to call twice."""
        if self._handle:
            self._llama.llama_free(self._handle)
        self._handle = None


def _groups(inputs: Sequence[Tokens], tokens: int, sequences: int) -> Iterator[list[Tokens]]:
    """Yield inputs in their order, as many at once as fit into so many tokens and sequences."""
    group: list[Tokens] = []
    for one in inputs:
        if group and (len(group) == sequences or sum(map(len, group)) + len(one) > tokens):
            yield group
            group = []
        group.append(one)
    if group:
        yield group

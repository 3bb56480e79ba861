"""The context of a model: what it has read so far, kept as keys and values of each token."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from operator import eq

from olbuild.core.errors import EngineError
from olbuild.llama.log import LOG
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.failure import failure
from olbuild.running.engine.native import context_parameters, context_size, default_placement
from olbuild.running.engine.weights import Weights
from olbuild.running.options import LoadOptions

_NO_SLOT, _ABORTED = 1, 2  # of llama_decode


class Interrupted(Exception):
    """The evaluation was ended by the stop flag."""


class Context:
    """One sequence of tokens that a model has evaluated, and that the next call may continue.

    Raises:
        ResourceError: if the memory for it cannot be had.
        EngineError: if llama.cpp cannot make it.
    """

    def __init__(self, weights: Weights, options: LoadOptions, stop: StopFlag) -> None:
        """Make an empty context."""
        self.llama, self._stop = weights.llama, stop
        wanted = context_size(options.num_ctx, self.llama.llama_model_n_ctx_train(weights.model))
        LOG.clear()
        placement = default_placement(options, self.llama.llama_model_n_ctx_train(weights.model))
        self._handle = self.llama.llama_init_from_model(weights.model, context_parameters(self.llama, placement, stop))
        if not self._handle:
            raise failure(f"llama.cpp cannot make a context of {wanted} tokens", hint="use a smaller num_ctx")
        weights.apply_adapters(self._handle)
        self.size: int = min(wanted, self.llama.llama_n_ctx(self._handle))
        self._batch: int = self.llama.llama_n_batch(self._handle)
        self._memory = self.llama.llama_get_memory(self._handle)
        self._tokens: list[int] = []

    @property
    def handle(self) -> object:
        """The pointer, for the sampler."""
        return self._handle

    @property
    def used(self) -> int:
        """How many tokens have been evaluated."""
        return len(self._tokens)

    def rewind(self, prompt: Sequence[int]) -> int:
        """Keep what the evaluated tokens share with a prompt from the start; return how many tokens that is.

        The prompt's last token is never kept: choosing the next one needs a fresh evaluation of it.
        """
        common = sum(1 for _ in takewhile(bool, map(eq, self._tokens, prompt[:-1])))
        return self._cut(common)

    def forget(self) -> None:
        """Forget all that was evaluated."""
        self._cut(0)

    def _cut(self, length: int) -> int:
        """Forget all but the first tokens; models that cannot forget a part forget everything."""
        if not self.llama.llama_memory_seq_rm(self._memory, 0, length, -1):
            self.llama.llama_memory_clear(self._memory, True)  # noqa: FBT003
            length = 0
        del self._tokens[length:]
        return length

    def read(self, prompt: Sequence[int]) -> None:
        """Evaluate the rest of a prompt behind what is kept.

        The last token is evaluated alone. So the same prompt, asked again, finds all others evaluated in exactly the
        way that it would have evaluated them (rounding depends on the batch), and gives the same answer.

        Raises:
            Interrupted: if the stop flag was set.
            EngineError: if llama.cpp fails.
        """
        rest = prompt[self.used : -1]
        for start in range(0, len(rest), self._batch):
            self.evaluate(rest[start : start + self._batch])
        self.evaluate(prompt[-1:])

    def evaluate(self, tokens: Sequence[int]) -> None:
        """Evaluate tokens behind the others, in one step.

        Raises:
            Interrupted: if the stop flag was set; the context is then as it was before.
            EngineError: if llama.cpp fails.
        """
        array = (self.llama.llama_token * len(tokens))(*tokens)
        LOG.clear()
        code: int = self.llama.llama_decode(self._handle, self.llama.llama_batch_get_one(array, len(tokens)))
        if code == 0 and not self._stop:
            self._tokens += tokens
            return
        self._cut(self.used)
        if self._stop:
            raise Interrupted
        if code == _NO_SLOT:
            raise EngineError(f"llama.cpp found no room for {len(tokens)} tokens in a context of {self.size}")
        raise failure(f"llama.cpp failed to evaluate {len(tokens)} tokens (code {code})")

    def close(self) -> None:
        """Free the context. Safe to call twice."""
        if self._handle:
            self.llama.llama_free(self._handle)
        self._handle = None

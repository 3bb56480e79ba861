"""The chain that chooses the next token, in the order of llama.cpp's server, which is what Ollama runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import ModuleType

from olbuild.running.options import Sampling

_RANDOM = 0xFFFFFFFF  # LLAMA_DEFAULT_SEED: llama.cpp would choose one and keep it to itself
_MIN_KEEP = 1


class Sampler:
    """A chain for one answer.

    Args:
        llama: the bindings.
        sampling: the wishes.
        context: size of the context in tokens, which ``repeat_last_n`` -1 stands for.
        vocabulary: number of tokens that exist.
        prompt: tokens that the penalties look back on at the start.
    """

    def __init__(
        self, llama: ModuleType, sampling: Sampling, *, context: int, vocabulary: int, prompt: Sequence[int]
    ) -> None:
        """Build the chain."""
        self._llama = llama
        self.seed = sampling.seed & _RANDOM
        if self.seed == _RANDOM:
            self.seed = int.from_bytes(os.urandom(8)) % _RANDOM
        self._chain = llama.llama_sampler_chain_init(llama.llama_sampler_chain_default_params())
        window = context if sampling.repeat_last_n < 0 else min(sampling.repeat_last_n, context)
        penalised = (sampling.repeat_penalty, sampling.frequency_penalty, sampling.presence_penalty) != (1.0, 0.0, 0.0)
        self.plain = sampling.temperature <= 0 and not (window and penalised)
        """Whether it always takes the most probable token, and looks at nothing else."""
        if window and penalised:
            self._add_penalties(sampling, window, vocabulary, prompt)
        self._add_choice(sampling)

    def _add_penalties(self, sampling: Sampling, window: int, vocabulary: int, prompt: Sequence[int]) -> None:
        penalties = self._llama.llama_sampler_init_penalties(
            vocabulary, window, sampling.repeat_penalty, sampling.frequency_penalty, sampling.presence_penalty
        )
        for token in prompt[-window:]:
            self._llama.llama_sampler_accept(penalties, token)
        self._llama.llama_sampler_chain_add(self._chain, penalties)

    def _add_choice(self, sampling: Sampling) -> None:
        llama = self._llama
        links = (
            [llama.llama_sampler_init_greedy()]
            if sampling.temperature <= 0
            else [
                llama.llama_sampler_init_top_k(sampling.top_k),
                llama.llama_sampler_init_typical(sampling.typical_p, _MIN_KEEP),
                llama.llama_sampler_init_top_p(sampling.top_p, _MIN_KEEP),
                llama.llama_sampler_init_min_p(sampling.min_p, _MIN_KEEP),
                llama.llama_sampler_init_temp(sampling.temperature),
                llama.llama_sampler_init_dist(self.seed),
            ]
        )
        for link in links:
            llama.llama_sampler_chain_add(self._chain, link)

    @property
    def chain(self) -> object:
        """The pointer."""
        return self._chain

    def accept(self, token: int) -> None:
        """Tell the chain which token was taken."""
        if not self.plain:
            self._llama.llama_sampler_accept(self._chain, token)

    def close(self) -> None:
        """Free the chain."""
        self._llama.llama_sampler_free(self._chain)

"""The loop that answers one prompt."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

from olbuild.running.engine.context import Context, Interrupted
from olbuild.running.engine.port import Finish, Piece, Result
from olbuild.running.engine.sampler import Sampler
from olbuild.running.engine.text import TextStream
from olbuild.running.engine.vocabulary import Vocabulary
from olbuild.running.options import Sampling

_MOST_CONTEXTS = 10

Hear = Callable[[Piece], None]


def most_tokens(num_predict: int, context: int) -> int:
    """Return how many tokens an answer may have, by Ollama's rule: a negative number and too much are ten contexts."""
    bound = _MOST_CONTEXTS * context
    return bound if num_predict < 0 else min(num_predict, bound)


class Answer:
    """One answer: read a prompt, then generate until the model, a stop text, a limit or the stop flag ends it."""

    def __init__(self, context: Context, vocabulary: Vocabulary, prompt: tuple[int, ...], sampling: Sampling) -> None:
        """Keep what it is made of; ``run`` does the work."""
        self._context, self._vocabulary = context, vocabulary
        self._prompt, self._sampling = prompt, sampling
        self._text = TextStream(sampling.stop)
        self._tokens = 0

    def run(self, hear: Hear) -> Result:
        """Do it; hand over the pieces as they come.

        Raises:
            EngineError: if llama.cpp fails.
        """
        context, clock = self._context, time.perf_counter
        finish: Finish
        begin = clock()
        sampler = Sampler(
            context.llama, self._sampling, context=context.size, vocabulary=self._vocabulary.size, prompt=self._prompt
        )
        with closing(sampler):
            cached = context.rewind(self._prompt)
            read = begin
            try:
                context.read(self._prompt)
                read = clock()
                finish = self._generate(sampler, hear)
            except Interrupted:
                finish = "interrupted"
                read = clock() if read == begin else read
        if rest := self._text.finish():
            hear(Piece(rest))
        return Result(
            finish=finish,
            prompt_tokens=len(self._prompt),
            cached_tokens=cached,
            tokens=self._tokens,
            prompt_seconds=read - begin,
            generation_seconds=clock() - read,
            seed=sampler.seed,
        )

    def _generate(self, sampler: Sampler, hear: Hear) -> Finish:
        context, vocabulary, text = self._context, self._vocabulary, self._text
        limit = most_tokens(self._sampling.num_predict, context.size)
        while self._tokens < limit:
            token = sampler.choose(context.handle)
            self._tokens += 1
            if vocabulary.ends(token):
                return "stop"
            if shown := text.feed(vocabulary.piece(token)):
                hear(Piece(shown))
            if text.stopped:
                return "stop"
            if self._tokens == limit or context.used == context.size:
                break
            context.evaluate((token,))
        return "length"

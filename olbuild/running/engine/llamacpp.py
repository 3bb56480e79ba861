"""llama.cpp behind the port."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

from olbuild.core.errors import EngineError, UsageError
from olbuild.running.engine.answer import Answer
from olbuild.running.engine.background import Background, StopFlag
from olbuild.running.engine.context import Context
from olbuild.running.engine.port import Facts, Piece, Result
from olbuild.running.engine.vocabulary import Vocabulary
from olbuild.running.engine.weights import Weights
from olbuild.running.options import Adapter, LoadOptions, Sampling

_DESCRIPTION_BYTES = 256


class LlamaEngine:
    """A model that llama.cpp has loaded; an ``Engine``.

    Args:
        paths: the GGUF file, or its shards in their order, whatever the files are called.
        adapters: GGUF LoRA files, and how strongly each applies.
        options: what is fixed at load.
        progress: hears fractions from 0 to 1 while the weights are loaded.

    Raises:
        NotFoundError: if a file is not there.
        ResourceError: if memory does not suffice.
        EngineError: if the engine is missing or wrong, or cannot use a file.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        adapters: Sequence[Adapter] = (),
        options: LoadOptions = LoadOptions(),  # noqa: B008 - frozen
        progress: Callable[[float], None] = lambda _fraction: None,
    ) -> None:
        """Load; Ctrl-C ends it."""
        self._stop = StopFlag()
        self._weights, self._context = _load(paths, adapters, options, self._stop, progress)
        # Also at exit: a GPU backend complains about models that outlive it.
        self._free = weakref.finalize(self, _close, self._weights, self._context)
        self._vocabulary = Vocabulary(self._weights.llama, self._weights.vocabulary)
        self._answer: Background[Piece, Result] | None = None
        self._facts = self._read_facts()

    @property
    def facts(self) -> Facts:
        """What the model says about itself."""
        return self._facts

    def _read_facts(self) -> Facts:
        llama, model = self._weights.llama, self._weights.model
        description = ctypes.create_string_buffer(_DESCRIPTION_BYTES)
        llama.llama_model_desc(model, description, _DESCRIPTION_BYTES)
        template: bytes | None = llama.llama_model_chat_template(model, None)
        return Facts(
            description=description.value.decode("utf-8", errors="replace"),
            size=llama.llama_model_size(model),
            context=self._context.size,
            trained_context=llama.llama_model_n_ctx_train(model),
            template=None if template is None else template.decode("utf-8", errors="replace"),
            bos=self._vocabulary.bos,
            eos=self._vocabulary.eos,
        )

    def tokenize(self, text: str) -> tuple[int, ...]:
        """Return the tokens of a prompt."""
        self._require_open()
        return self._vocabulary.tokenize(text)

    def generate(self, prompt: Sequence[int], sampling: Sampling) -> Background[Piece, Result]:
        """Begin to answer."""
        self._require_open()
        if self._answer is not None and self._answer.running:
            raise EngineError("the model is still giving another answer")
        if not prompt:
            raise UsageError("the prompt is empty")
        if len(prompt) > self._facts.context:
            raise UsageError(
                f"the prompt has {len(prompt)} tokens, and the context holds {self._facts.context}",
                hint="shorten it, or use a larger num_ctx",
            )
        self._stop.clear()
        answer = Answer(self._context, self._vocabulary, tuple(prompt), sampling)
        self._answer = Background(answer.run, self._stop)  # kept before it starts, so that close() always knows of it
        return self._answer.start()

    def forget(self) -> None:
        """Evaluate the next prompt from its beginning, whatever was read before."""
        self._require_open()
        if self._answer is not None:
            self._answer.close()
        self._context.forget()

    def close(self) -> None:
        """End an answer that is on its way, and free the model. Safe to call twice."""
        if self._answer is not None:
            self._answer.close()
        self._free()

    def _require_open(self) -> None:
        if not self._free.alive:
            raise EngineError("the model has been closed")


def _load(
    paths: Sequence[Path],
    adapters: Sequence[Adapter],
    options: LoadOptions,
    stop: StopFlag,
    progress: Callable[[float], None],
) -> tuple[Weights, Context]:
    """Load in a thread, and report progress in this one."""

    def work(hear: Callable[[float], None]) -> tuple[Weights, Context]:
        weights = Weights(paths, adapters, options, None, stop, hear)
        try:
            return weights, Context(weights, options, stop)
        except BaseException:
            weights.close()
            raise

    loading = Background(work, stop)
    try:
        loading.start()
        for fraction in loading:
            progress(fraction)
        return loading.result
    except BaseException:
        loading.close()
        if loading.succeeded:
            _close(*loading.result)
        raise


def _close(weights: Weights, context: Context) -> None:
    context.close()
    weights.close()

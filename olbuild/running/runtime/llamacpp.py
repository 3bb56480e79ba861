"""A runtime over llama.cpp: load it, submit jobs from any thread, close it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from olbuild.core.errors import EngineError, UnsupportedError, UsageError
from olbuild.core.records import Frozen
from olbuild.llama.buffers import measure
from olbuild.running.engine.background import Background, StopFlag
from olbuild.running.engine.pages import HugePages
from olbuild.running.engine.weights import Weights
from olbuild.running.jobs import Constraint, Facts, Hear, HearVectors, Job, Picture, UnderWay
from olbuild.running.media import key_of
from olbuild.running.options import Adapter, LoadOptions
from olbuild.running.placement import Placement
from olbuild.running.requests import Grammar
from olbuild.running.runtime.files import Files
from olbuild.running.runtime.mailbox import Mailbox

if TYPE_CHECKING:
    from olbuild.running.runtime.comparing import Comparison
    from olbuild.running.runtime.loaded import Loaded


class _Ticket(Frozen):
    """A job on its way. It does not keep the model loaded."""

    mailbox: Mailbox
    request: int

    def cancel(self) -> None:
        """End the job."""
        self.mailbox.cancel(self.request)


class LlamaRuntime:
    """A loaded model with a thread of its own; a ``olbuild.running.jobs.Runtime``.

    The thread does all native work, from the loading on, so that Ctrl-C reaches a main thread that waits for events.
    The model is closed when nobody refers to this object any more, and at exit.

    Args:
        files: what is loaded.
    """

    def __init__(self, files: Files) -> None:
        """Prepare; ``load`` has to follow."""
        stop = StopFlag()
        self._mailbox = Mailbox(stop)
        self._loaded: Loaded | None = None
        mapped = files.options.use_mmap if files.placement is None else files.placement.mmap
        # Who wants it mapped has it mapped. Made here: the thread would wait for the interpreter after each file.
        pages = HugePages(() if mapped else (*files.weights, *files.drafts))
        work = partial(_work, files, self._mailbox, stop, pages)
        self._thread: Background[float | Loaded, None] = Background(work, stop, daemon=True)
        # Also at exit: native code must not outlive the interpreter.
        self._close = weakref.finalize(self, _close, self._mailbox, self._thread)

    def load(self, progress: Callable[[float], None], meanwhile: Callable[[], None]) -> None:
        """Start the thread, do something meanwhile, and wait until it has loaded the model."""
        self._thread.start()
        import numpy  # noqa: F401, ICN001, PLC0415 - a tenth of a second, which loading hides, as the next one

        import olbuild.running.runtime.loaded  # noqa: F401, PLC0415

        meanwhile()
        for item in self._thread:
            if not isinstance(item, float):
                self._loaded = item
                return
            progress(item)

    @property
    def facts(self) -> Facts:
        """What the weights say about themselves."""
        return self._made.facts

    @property
    def closed(self) -> bool:
        """Whether it takes no jobs any more."""
        return self._mailbox.closed

    @property
    def cache_use(self) -> float:
        """Which part of the cache the jobs take that are going on."""
        return self._made.loop.cache_use

    @property
    def under_way(self) -> UnderWay | None:
        """The step that has taken longest so far."""
        both = (self._made.loop.watch.now, self._made.comparing.watch.now)
        return max((one for one in both if one is not None), key=lambda one: one.seconds, default=None)

    def settle(self) -> None:
        """Wait until the engine does nothing any more, not even for itself. Not from a function that hears events."""
        self._made.loop.rest.wait()

    def submit(self, job: Job, hear: Hear) -> _Ticket:
        """Begin a job."""
        if not job.prompt:
            raise UsageError("the prompt is empty")
        context, tokens = self._made.facts.context, self._made.lexicon.size
        if len(job.prompt) > context:
            raise UsageError(
                f"the prompt has {len(job.prompt)} tokens, and the context holds {context}",
                hint="shorten it, or use a larger num_ctx",
            )
        if any(not 0 <= token < tokens and key_of(token) not in job.parts for token in job.prompt):
            raise UsageError(f"the prompt has a token that does not exist: there are {tokens}")
        if key_of(job.prompt[-1]):
            raise UsageError("the prompt ends with an image", hint="put some text behind it")
        return _Ticket(self._mailbox, self._mailbox.begin(job, hear))

    def tokenize(self, text: str, *, add_bos: bool = True, special: bool = True) -> tuple[int, ...]:
        """Return the tokens of a text."""
        return self._made.lexicon.tokenize(text, add_bos=add_bos, special=special)

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token, those of a control token included."""
        return self._made.lexicon.shown(token)

    @property
    def ends(self) -> frozenset[int]:
        """The tokens that end an answer."""
        return self._made.lexicon.all_ends

    def detokenize(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens, that of special ones included."""
        return b"".join(map(self.piece, tokens)).decode("utf-8", errors="replace")

    def constraint(self, grammar: Grammar) -> Constraint:
        """Return what holds one answer to a grammar."""
        return self._made.constraints.make(grammar)

    def look(self, image: bytes) -> Picture:
        """Return what stands in a prompt for an image."""
        if self._made.eyes is None:
            raise UnsupportedError("the model has no projector, and sees no images", capability="vision")
        return self._made.eyes.look(image)

    def infill(self, prefix: str, suffix: str, most: int) -> tuple[int, ...]:
        """Return the prompt for what stands between two texts."""
        return self._made.lexicon.infill(prefix, suffix, most)

    def sequence(self, text: str, *, truncate: bool) -> tuple[int, ...]:
        """Return the tokens of a text for ``embed``."""
        return self._made.comparing.sequence(text, truncate=truncate)

    def pair(self, query: str, document: str) -> tuple[int, ...]:
        """Return the tokens of a query and a document for ``embed``."""
        return self._made.comparing.pair(query, document)

    def embed(self, inputs: Sequence[Sequence[int]], hear: HearVectors) -> Comparison:
        """Begin to make a vector of each input, or a score."""
        return self._made.comparing.embed(inputs, hear)

    def close(self) -> None:
        """End all jobs, and free the model. Safe to call twice; not from a function that hears events."""
        self._close()

    @property
    def _made(self) -> Loaded:
        if self._loaded is None:
            raise EngineError("the model is not loaded")
        return self._loaded


def load_runtime(
    weights: Sequence[Path],
    adapters: Sequence[Adapter] = (),
    options: LoadOptions = LoadOptions(),  # noqa: B008 - frozen
    progress: Callable[[float], None] = lambda _fraction: None,
    *,
    drafts: Sequence[Path] = (),
    projector: Path | None = None,
    placement: Placement | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> LlamaRuntime:
    """Load a model; Ctrl-C ends it.

    Args:
        weights: the GGUF file, or its shards in their order, whatever the files are called.
        adapters: GGUF LoRA files, and how strongly each applies.
        options: what is fixed at load.
        progress: hears fractions from 0 to 1 while the weights are loaded.
        drafts: a smaller model that guesses what comes next, or its shards.
        projector: what makes vectors of images; it is loaded with the first image.
        placement: where it goes and how much room it has; ``None`` follows from the options.
        meanwhile: is done while the weights are loaded.

    Raises:
        NotFoundError: if a file is not there.
        ResourceError: if memory does not suffice.
        EngineError: if the engine is missing or wrong, or cannot use a file.
    """
    runtime = LlamaRuntime(Files(weights, adapters, drafts, projector, options, placement))
    try:
        runtime.load(progress, meanwhile)
    except BaseException:
        runtime.close()
        raise
    return runtime


def _work(
    files: Files, mailbox: Mailbox, stop: StopFlag, pages: HugePages, hear: Callable[[float | Loaded], None]
) -> None:
    """Load, work and free: what the thread does."""
    with ExitStack() as stack:
        stack.callback(pages.close)
        with measure() as measured:
            weights = Weights(files.weights, files.adapters, files.options, files.placement, stop, hear)
            stack.callback(weights.close)
            from olbuild.running.runtime.loaded import open_loaded  # noqa: PLC0415 - ``load`` has imported it meanwhile

            loaded = open_loaded(weights, files, measured, mailbox, stop, stack, pages)
        pages.look()
        hear(loaded)
        loaded.loop.run()


def _close(mailbox: Mailbox, thread: Background[float | Loaded, None]) -> None:
    mailbox.close()
    if not thread.inside:  # which is where an object may become garbage; then the thread ends soon by itself
        thread.close()

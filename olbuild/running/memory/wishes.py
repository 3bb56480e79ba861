"""What somebody wants of a placement, as far as memory allows."""

from __future__ import annotations

from olbuild.core.errors import UsageError
from olbuild.core.records import Frozen, replace
from olbuild.running.memory.cache import is_quantised
from olbuild.running.options import LoadOptions
from olbuild.running.placement import CacheType

_LARGEST_PARALLEL = 256  # LLAMA_MAX_SEQ


class Wishes(Frozen, kw_only=True):
    """What is wanted. 0 and negative numbers are automatic.

    Attributes:
        context: most tokens of one request; more than the model was trained with is cut to that.
        parallel: how many requests are worked on at once, each with a sequence of its own.
        sequences: how many sequences there are, if more than that: they share the room of those, for many short
            requests, and to keep what was read. Where a sequence takes memory of its own there are no more.
        batch: most tokens of one step.
        guesses: tokens of a draft that are checked at once, for each sequence.
        cache_k, cache_v: how keys and values are kept.
        flash_attention: ``None`` leaves it to llama.cpp.
        full_window: see ``Placement``.
        gpu_layers: layers on graphics processors; negative is as many as fit.
        main_gpu: the only graphics processor to use, by its place in ``Machine.gpus``; negative is what fits best.
        spread: use all graphics processors, even where one suffices.
        replicate: one whole model on each graphics processor that it fits.
        threads: threads that compute.
        mmap: whether the file is mapped or read.
        besides: bytes that are needed for what belongs to the model and is no part of its weights: adapters, a
            projector, a draft.
    """

    context: int = 0
    parallel: int = 1
    sequences: int = 0
    batch: int = 512
    guesses: int = 0
    cache_k: CacheType = "f16"
    cache_v: CacheType = "f16"
    flash_attention: bool | None = None
    full_window: bool = True
    gpu_layers: int = -1
    main_gpu: int = -1
    spread: bool = False
    replicate: bool = False
    threads: int = 0
    mmap: bool | None = None
    besides: int = 0

    def __post_init__(self) -> None:
        """Refuse what llama.cpp refuses."""
        if not 0 < self.parallel <= _LARGEST_PARALLEL or self.sequences > _LARGEST_PARALLEL:
            raise UsageError(
                f"{self.parallel} requests at once are asked for, and must be from 1 to {_LARGEST_PARALLEL}"
            )
        if is_quantised(self.cache_v) and self.flash_attention is False:
            raise UsageError(
                f"values of the cache cannot be kept as {self.cache_v} without flash attention",
                hint="leave flash attention on, or keep them as f16",
            )

    def keeping(self, cache: CacheType, *, flash_attention: bool | None) -> Wishes:
        """Return the same, with keys and values kept in one way.

        Raises:
            UsageError: if llama.cpp refuses that.
        """
        return replace(self, cache_k=cache, cache_v=cache, flash_attention=flash_attention)

    @classmethod
    def of(cls, options: LoadOptions, *, parallel: int = 1, sequences: int = 0, besides: int = 0) -> Wishes:
        """Return what the parameters of a model wish."""
        return cls(
            context=max(0, options.num_ctx),
            parallel=parallel,
            sequences=sequences,
            batch=max(1, options.num_batch),
            gpu_layers=options.num_gpu,
            main_gpu=options.main_gpu,
            threads=options.num_thread,
            mmap=options.use_mmap,
            besides=besides,
        )

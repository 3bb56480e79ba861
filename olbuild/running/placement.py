"""Where a model goes and how much it takes: what the planner decides, the engine does and the manager counts.

Sizes are in bytes, contexts in tokens; devices have the names that llama.cpp gives them (``CPU``, ``CUDA0``, ``MTL0``).
"""

from __future__ import annotations

from typing import Literal, TypeAlias, cast, get_args

from olbuild.core.errors import UsageError
from olbuild.core.records import Frozen, replace

CacheType: TypeAlias = Literal["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl"]
"""How a number of the cache is kept (``type_k`` and ``type_v`` of llama.cpp)."""


def read_cache_type(text: str) -> CacheType:
    """Read the name of a type that a cache may have.

    Raises:
        UsageError: if there is none of that name.
    """
    known = get_args(CacheType)
    if text not in known:
        raise UsageError(f"there is no cache_type {text[:100]!r}", hint=f"the types are {', '.join(known)}")
    return cast("CacheType", text)


Split: TypeAlias = Literal["none", "layer"]
"""``llama_split_mode``: all layers on one device, or each layer on one of several."""

_READY = 1024  # tokens: most conversations are shorter

HOST = "CPU"
"""The name of the memory of the machine among the devices."""


class Placement(Frozen, kw_only=True):
    """How to load a model.

    Attributes:
        context: most tokens of one request.
        parallel: how many sequences there are (``n_seq_max``).
        first: how many of them there are at first, where each has a memory of its own; the others come when they are
            needed. 0 is all.
        ready: for how many tokens of each sequence there is room at first, where each has a memory of its own; a whole
            context comes when it is needed. 0 is that from the beginning.
        cells: tokens that are kept in all (``n_ctx``).
        saved: tokens of which copies are kept in ordinary memory besides, when their cells are needed.
        state: for how many tokens each copy counts besides its own, for the states of recurrent layers.
        batch: most tokens of one step (``n_batch`` and ``n_ubatch``).
        outputs: after how many of them the next token can be wanted (``n_outputs_max``).
        cache_k, cache_v: how keys and values are kept; a quantised ``cache_v`` needs flash attention.
        flash_attention: ``None`` leaves it to llama.cpp.
        plain: without it as soon as there are more than the ``first`` sequences.
        full_window: keep all tokens for layers that look back on a window only (``swa_full``): without that, only
            little at the end of a sequence can be forgotten, or else the whole.
        gpu_layers: layers on ``devices``, the last ones first; one more than the model has is its output too.
        devices: graphics processors to use, in this order; none is the processor alone.
        split: how layers are spread over them.
        tensor_split: which part of the layers each device gets, as many as devices; empty is by free memory.
        threads: threads that compute.
        mmap: whether the file is mapped or read; ``None`` leaves it to llama.cpp.
    """

    context: int
    parallel: int = 1
    first: int = 0
    ready: int = 0
    cells: int
    saved: int = 0
    state: int = 0
    batch: int = 512
    outputs: int = 1
    cache_k: CacheType = "f16"
    cache_v: CacheType = "f16"
    flash_attention: bool | None = None
    plain: bool = False
    full_window: bool = True
    gpu_layers: int = 0
    devices: tuple[str, ...] = ()
    split: Split = "none"
    tensor_split: tuple[float, ...] = ()
    threads: int = 1
    mmap: bool | None = None

    @property
    def shared(self) -> bool:
        """Whether all sequences share one memory (``kv_unified``): there is not a whole context for each.

        Where they share it, the processor looks at the cells of all sequences for each token of each, which takes time
        when there are many. Where each has its own, beginnings are copied and not shared.
        """
        return self.cells < self.context * self.parallel

    def growing(self, first: int = 0) -> Placement:
        """Return it with little room at first, and with ``first``: the processor would write zeros to all of it.

        On graphics processors that takes no time, and the memory could be somebody else's when it is needed.
        """
        return replace(self, first=first, ready=0 if self.devices else _READY)


class Share(Frozen, kw_only=True):
    """What a model takes on one device.

    Attributes:
        weights: its tensors, those included that the processor keeps in an order of its own.
        cache: keys and values, and the states of recurrent layers.
        compute: what a step needs besides.
    """

    device: str
    weights: int = 0
    cache: int = 0
    compute: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.cache + self.compute


class Usage(Frozen, kw_only=True):
    """What a model takes, device by device: as it is predicted, or as llama.cpp reports it."""

    shares: tuple[Share, ...]

    @property
    def total(self) -> int:
        """On all devices."""
        return sum(share.total for share in self.shares)

    @property
    def gpu(self) -> int:
        """On graphics processors."""
        return sum(share.total for share in self.shares if share.device != HOST)

    @property
    def host(self) -> int:
        """In the memory of the machine."""
        return self.total - self.gpu

    def on(self, device: str) -> Share:
        """Return what it takes on a device, which may be nothing."""
        return next((share for share in self.shares if share.device == device), Share(device=device))

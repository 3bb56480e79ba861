"""A placement in llama.cpp's words."""

from __future__ import annotations

import ctypes
from types import ModuleType

from olbuild.running.devices import usable_cores
from olbuild.running.engine.background import StopFlag
from olbuild.running.options import LoadOptions
from olbuild.running.placement import CacheType, Placement

DEFAULT_CONTEXT = 4096
SMALLEST_CONTEXT = 4

_PARALLEL = 16
_OUTPUTS = 64
_MOST_SEQUENCES = 256  # LLAMA_MAX_SEQ
# enum ggml_type; the bindings lack some of them.
_CACHE_TYPES: dict[CacheType, int] = {
    "f32": 0,
    "f16": 1,
    "q4_0": 2,
    "q4_1": 3,
    "q5_0": 6,
    "q5_1": 7,
    "q8_0": 8,
    "iq4_nl": 20,
    "bf16": 30,
}
_FLASH = {None: "AUTO", True: "ENABLED", False: "DISABLED"}


def context_size(wanted: int, trained: int) -> int:
    """Return the tokens of a context: as wanted, but no more than the model was trained with, and at least 4."""
    size = wanted if wanted > 0 else DEFAULT_CONTEXT
    return max(SMALLEST_CONTEXT, min(size, trained) if trained > 0 else size)


def default_placement(options: LoadOptions, trained: int) -> Placement:
    """Return where a model goes when nobody planned it: on the processor or on all graphics processors, as it fits.

    Sequences cost nothing as long as they share one memory, so there are enough for some users and for what is kept.
    """
    context = context_size(options.num_ctx, trained)
    batch = max(1, min(options.num_batch, context))
    return Placement(
        context=context,
        parallel=_PARALLEL,
        cells=context,
        batch=batch,
        outputs=min(batch, _OUTPUTS),
        threads=options.num_thread if options.num_thread > 0 else usable_cores().threads,
    )


def context_parameters(llama: ModuleType, placement: Placement, stop: StopFlag) -> ctypes.Structure:
    """Return the parameters of a context.

    Args:
        llama: the bindings.
        placement: sizes and types.
        stop: what llama.cpp looks at between operations; it must outlive the context.
    """
    parameters: ctypes.Structure = llama.llama_context_default_params()
    parameters.n_ctx = max(placement.cells, placement.context)
    parameters.n_seq_max = max(1, min(placement.parallel, _MOST_SEQUENCES))
    parameters.kv_unified = placement.shared
    parameters.n_batch = parameters.n_ubatch = max(1, min(placement.batch, parameters.n_ctx))
    parameters.n_outputs_max = max(placement.outputs, parameters.n_seq_max)  # fewer would end the process
    parameters.n_threads = parameters.n_threads_batch = max(1, placement.threads)
    parameters.type_k = _CACHE_TYPES[placement.cache_k]
    parameters.type_v = _CACHE_TYPES[placement.cache_v]
    parameters.flash_attn_type = getattr(llama, f"LLAMA_FLASH_ATTN_TYPE_{_FLASH[placement.flash_attention]}")
    parameters.swa_full = placement.full_window
    # llama.cpp asks after each operation; ctypes would take the interpreter lock a thousand times per token, so
    # the function is one of the C library that reads the flag: the length of the C string, not 0 once it is set.
    parameters.abort_callback = ctypes.cast(ctypes.CDLL(None).strlen, llama.ggml_abort_callback)
    parameters.abort_callback_data = stop.address
    return parameters

"""Our options in llama.cpp's words."""

from __future__ import annotations

import ctypes
from types import ModuleType

from olbuild.running.devices import usable_cores
from olbuild.running.engine.background import StopFlag
from olbuild.running.options import Capacity, LoadOptions

DEFAULT_CONTEXT = 4096
SMALLEST_CONTEXT = 4
MOST_SEQUENCES = 256  # LLAMA_MAX_SEQ


def context_size(wanted: int, trained: int) -> int:
    """Return the tokens of a context: as wanted, but no more than the model was trained with, and at least 4."""
    size = wanted if wanted > 0 else DEFAULT_CONTEXT
    return max(SMALLEST_CONTEXT, min(size, trained) if trained > 0 else size)


def context_parameters(
    llama: ModuleType, options: LoadOptions, capacity: Capacity, size: int, stop: StopFlag
) -> ctypes.Structure:
    """Return the parameters of a context.

    Args:
        llama: the bindings.
        options: what is fixed at load.
        capacity: sequences and cells.
        size: most tokens of one sequence.
        stop: what llama.cpp looks at between operations; it must outlive the context.
    """
    parameters: ctypes.Structure = llama.llama_context_default_params()
    threads = options.num_thread if options.num_thread > 0 else usable_cores().threads
    sequences = max(1, min(capacity.sequences, MOST_SEQUENCES))
    parameters.n_seq_max = sequences
    parameters.kv_unified = capacity.shared
    parameters.n_ctx = max(capacity.cells, size) if capacity.shared else size * sequences
    parameters.n_batch = parameters.n_ubatch = max(1, min(options.num_batch, parameters.n_ctx))
    parameters.n_threads = parameters.n_threads_batch = threads
    # llama.cpp asks after each operation; ctypes would take the interpreter lock a thousand times per token, so
    # the function is one of the C library that reads the flag: the length of the C string, not 0 once it is set.
    parameters.abort_callback = ctypes.cast(ctypes.CDLL(None).strlen, llama.ggml_abort_callback)
    parameters.abort_callback_data = stop.address
    return parameters

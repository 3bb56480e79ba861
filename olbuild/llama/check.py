"""The guard before the engine is used: is this the build whose structs are bound?

Libraries of other builds export the same names with other struct layouts; they load, and then read garbage. A call that
returns structs by value tells: every default must be where the binding expects it.
"""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import Structure
from types import ModuleType

from olbuild.core.errors import EngineError
from olbuild.llama.version import FIX, MEND, PACKAGE, VERSION

# What llama_context_default_params() and llama_model_default_params() of the vendored llama.cpp return, from the first
# field to the last, so that a field that was added or removed anywhere moves at least one of them.
_CONTEXT = {
    "n_ctx": 512,
    "n_batch": 2048,
    "n_ubatch": 512,
    "n_seq_max": 1,
    "n_outputs_max_per_seq": 1,
    "ctx_type": 0,
    "rope_scaling_type": -1,
    "flash_attn_type": -1,
    "yarn_ext_factor": -1.0,
    "yarn_orig_ctx": 0,
    "type_k": 1,
    "type_v": 1,
    "abort_callback_data": None,
    "embeddings": False,
    "offload_kqv": True,
    "no_perf": True,
    "op_offload": True,
    "swa_full": True,
    "kv_unified": False,
    "n_samplers": 0,
    "ctx_other": None,
}
_MODEL = {
    "devices": None,
    "n_gpu_layers": -1,
    "split_mode": 1,
    "load_mode": -1,
    "lazy_mode": 1,
    "main_gpu": 0,
    "vocab_only": False,
    "check_tensors": False,
    "use_extra_bufts": True,
    "no_alloc": False,
    "load_mtp": False,
}
_MEDIA = {
    "use_gpu": True,
    "device": None,
    "print_timings": True,
    "n_threads": 4,
    "image_marker": None,
    "flash_attn_type": -1,
    "warmup": True,
    "image_min_tokens": -1,
    "image_max_tokens": -1,
    "cb_eval_user_data": None,
    "batch_max_tokens": 1024,
    "progress_callback_user_data": None,
}


def check_version(version: str) -> None:
    """Raise EngineError if the package is not of the version that is bound."""
    if version != VERSION:
        raise EngineError(
            f"the installed {PACKAGE} is version {version or 'unknown'}, and olbuild needs exactly {VERSION}", hint=FIX
        )


def check_layout(llama: ModuleType) -> None:
    """Raise EngineError if the library's default parameters do not come out of the bound structs as they must."""
    _check("context", llama.llama_context_default_params(), _CONTEXT)
    _check("model", llama.llama_model_default_params(), _MODEL)


def check_media_layout(media: ModuleType) -> None:
    """Raise EngineError likewise, for libmtmd."""
    _check("projector", media.mtmd_context_params_default(), _MEDIA)


def _check(name: str, defaults: Structure, expected: Mapping[str, object]) -> None:
    for field, value in expected.items():
        if (found := getattr(defaults, field)) != value:
            raise EngineError(
                f"the llama.cpp library is another build than {PACKAGE} {VERSION} was made for"
                f" (default {field} of a {name} is {found!r} and not {value!r})",
                hint=f"if LLAMA_CPP_LIB_PATH is set, unset it; else {MEND}",
            )

"""Loaded weights: llama.cpp's model with its vocabulary and its adapters."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

from olbuild.core.errors import EngineError, NotFoundError, OlbuildError
from olbuild.llama.backends import device_list
from olbuild.llama.bind import bind
from olbuild.llama.log import LOG
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.failure import failure
from olbuild.running.options import Adapter, LoadOptions
from olbuild.running.placement import Placement

_RANK = 4  # LLAMA_POOLING_TYPE_RANK
_VALUE_BYTES = 256


class Weights:
    """A model in memory. ``close`` frees it, and must come after the close of its contexts.

    Args:
        paths: the GGUF file, or its shards in their order, whatever the files are called.
        adapters: GGUF LoRA files, and how strongly each applies.
        options: what is fixed at load.
        placement: which devices take it; ``None`` leaves it to the options and to llama.cpp.
        stop: ends the loading early when it is set.
        progress: hears fractions from 0 to 1.

    Raises:
        NotFoundError: if a file is not there.
        ResourceError: if memory does not suffice.
        EngineError: if llama.cpp cannot load a file, or a model with an encoder of its own.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        adapters: Sequence[Adapter],
        options: LoadOptions,
        placement: Placement | None,
        stop: StopFlag,
        progress: Callable[[float], None],
    ) -> None:
        """Load."""
        self.llama = bind()
        for path in (*paths, *(adapter.path for adapter in adapters)):
            if not path.is_file():
                raise NotFoundError(f"the file {path} is not there")
        LOG.clear()
        parameters = _parameters(self.llama, options) if placement is None else model_parameters(self.llama, placement)
        # The object must outlive the call, since llama.cpp keeps the pointer only.
        callback = self.llama.llama_progress_callback(_reporter(stop, progress))
        parameters.progress_callback = callback
        self.model = _load(self.llama, paths, parameters)
        if not self.model:
            raise (
                EngineError("loading was interrupted")
                if stop
                else failure(
                    f"llama.cpp cannot load {paths[0].name}", hint="use a smaller or more strongly quantised model"
                )
            )
        try:
            self._refuse_two_parts(paths[0].name)
            self.adapters = [(self._adapter(adapter.path), adapter.scale) for adapter in adapters]
        except OlbuildError:
            self.close()
            raise
        self.vocabulary = self.llama.llama_model_get_vocab(self.model)

    @property
    def generates(self) -> bool:
        """Whether it continues texts; if not, it makes vectors or scores only.

        The header says how vectors are pooled, or that a token sees those behind it: both are for vectors alone.
        """
        return self.pooling <= 0 and self.is_causal

    @property
    def pooling(self) -> int:
        """How the header wants vectors pooled (``llama_pooling_type``): 0 for not at all, -1 if it does not say."""
        value = self._value(f"{self._value('general.architecture')}.pooling_type")
        return int(value) if value.isdecimal() else -1

    @property
    def ranks(self) -> bool:
        """Whether it makes scores of pairs."""
        return self.pooling == _RANK

    @property
    def is_causal(self) -> bool:
        """Whether a token sees only those before it."""
        return self._value(f"{self._value('general.architecture')}.attention.causal") != "false"

    def _value(self, key: str) -> str:
        """Return a value of the header as text; empty if it is not there."""
        buffer = ctypes.create_string_buffer(_VALUE_BYTES)
        size = self.llama.llama_model_meta_val_str(self.model, key.encode(), buffer, _VALUE_BYTES)
        return "" if size < 0 else buffer.value.decode("utf-8", errors="replace")

    def _refuse_two_parts(self, name: str) -> None:
        if self.llama.llama_model_has_encoder(self.model) or not self.llama.llama_model_has_decoder(self.model):
            raise EngineError(f"{name} has an encoder apart from its decoder, and such models are not supported")

    def _adapter(self, path: Path) -> object:
        adapter = self.llama.llama_adapter_lora_init(self.model, bytes(path))
        if not adapter:
            raise failure(f"llama.cpp cannot use the adapter {path.name} with this model")
        return adapter

    def apply_adapters(self, context: object) -> None:
        """Let a context compute with the adapters.

        Raises:
            EngineError: if llama.cpp cannot apply them.
        """
        applied = [(adapter, scale) for adapter, scale in self.adapters if scale != 0]
        if not applied:
            return
        pointers = (self.llama.llama_adapter_lora_p_ctypes * len(applied))(*(adapter for adapter, _ in applied))
        scales = (ctypes.c_float * len(applied))(*(scale for _, scale in applied))
        if self.llama.llama_set_adapters_lora(context, pointers, len(applied), scales) != 0:
            raise failure("llama.cpp cannot apply the adapters")

    def close(self) -> None:
        """Free the model and its adapters. Safe to call twice."""
        if self.model:
            self.llama.llama_model_free(self.model)  # frees the adapters too
        self.model = None


def _parameters(llama: ModuleType, options: LoadOptions) -> ctypes.Structure:
    parameters: ctypes.Structure = llama.llama_model_default_params()
    parameters.n_gpu_layers = options.num_gpu if llama.llama_supports_gpu_offload() else 0
    if options.main_gpu >= 0:
        parameters.split_mode = llama.LLAMA_SPLIT_MODE_NONE
        parameters.main_gpu = options.main_gpu
    parameters.load_mode = _load_mode(llama, parameters.load_mode, options.use_mmap)
    return parameters


def model_parameters(llama: ModuleType, placement: Placement) -> ctypes.Structure:
    """Return the parameters by which a model goes where a placement says."""
    parameters: ctypes.Structure = llama.llama_model_default_params()
    devices = device_list(placement.devices)
    parameters.devices = ctypes.cast(devices, ctypes.c_void_p)
    parameters.n_gpu_layers = placement.gpu_layers
    parameters.split_mode = llama.LLAMA_SPLIT_MODE_LAYER if placement.split == "layer" else llama.LLAMA_SPLIT_MODE_NONE
    parameters.main_gpu = 0
    if placement.tensor_split:
        # llama.cpp reads as many numbers as it could have devices.
        parts = (ctypes.c_float * llama.llama_max_devices())(*placement.tensor_split)
        parameters.tensor_split = ctypes.cast(parts, ctypes.POINTER(ctypes.c_float))
    parameters.load_mode = _load_mode(llama, parameters.load_mode, placement.mmap)
    return parameters


def _load_mode(llama: ModuleType, usual: int, mmap: bool | None) -> int:  # noqa: FBT001 - three-valued
    if mmap is None:
        return usual
    mode: int = llama.LLAMA_LOAD_MODE_MMAP if mmap else llama.LLAMA_LOAD_MODE_NONE
    return mode


def _reporter(stop: StopFlag, progress: Callable[[float], None]) -> Callable[[float, object], bool]:
    def report(fraction: float, _data: object) -> bool:
        progress(fraction)
        return not stop

    return report


def _load(llama: ModuleType, paths: Sequence[Path], parameters: ctypes.Structure) -> int | None:
    # Not llama_model_load_from_file: it finds further shards by the name of the first, and blobs are named by digest.
    array = (ctypes.c_char_p * len(paths))(*map(bytes, paths))
    model: int | None = llama.llama_model_load_from_splits(array, len(paths), parameters)
    return model

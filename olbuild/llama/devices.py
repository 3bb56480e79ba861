"""What the installed engine can compute on, asked of ggml's registry of backends."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

from olbuild.llama.bind import bind

Kind = Literal["cpu", "gpu", "integrated gpu", "accelerator", "other"]

_KINDS: dict[int, Kind] = {0: "cpu", 1: "gpu", 2: "integrated gpu", 3: "accelerator"}  # enum ggml_backend_dev_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A processor that the engine was built for and that is here. ``free`` and ``total`` are bytes of its memory."""

    name: str
    description: str
    kind: Kind
    free: int
    total: int


def devices() -> tuple[Device, ...]:
    """Return the devices, in ggml's order.

    Raises:
        EngineError: if the engine is missing or wrong.
    """
    library = _declare(bind())
    return tuple(
        _device(library, library.ggml_backend_dev_get(index)) for index in range(library.ggml_backend_dev_count())
    )


def supports_gpu_offload() -> bool:
    """Whether the build has a GPU backend and finds a device for it.

    Raises:
        EngineError: if the engine is missing or wrong.
    """
    return bool(bind().llama_supports_gpu_offload())


def _declare(llama: ModuleType) -> ctypes.CDLL:
    """Type the functions of ggml that the bindings leave out.

    They are looked up through libllama, which depends on libggml: the wheel has three copies of libggml, and opening
    one by its path would load a second registry.
    """
    library: ctypes.CDLL = llama._lib  # noqa: SLF001 - the handle has no public name
    pointer, size = ctypes.c_void_p, ctypes.POINTER(ctypes.c_size_t)
    for name, result, *arguments in (
        ("ggml_backend_dev_count", ctypes.c_size_t),
        ("ggml_backend_dev_get", pointer, ctypes.c_size_t),
        ("ggml_backend_dev_name", ctypes.c_char_p, pointer),
        ("ggml_backend_dev_description", ctypes.c_char_p, pointer),
        ("ggml_backend_dev_type", ctypes.c_int, pointer),
        ("ggml_backend_dev_memory", None, pointer, size, size),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def _device(library: ctypes.CDLL, handle: int) -> Device:
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    library.ggml_backend_dev_memory(handle, ctypes.byref(free), ctypes.byref(total))
    return Device(
        name=library.ggml_backend_dev_name(handle).decode("utf-8", errors="replace"),
        description=library.ggml_backend_dev_description(handle).decode("utf-8", errors="replace"),
        kind=_KINDS.get(library.ggml_backend_dev_type(handle), "other"),
        free=free.value,
        total=total.value,
    )

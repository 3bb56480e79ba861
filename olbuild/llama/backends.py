"""The devices that the installed build of llama.cpp can compute with, from ggml's own list (``ggml-backend.h``)."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from types import MappingProxyType, ModuleType
from typing import Any, Literal

from olbuild.core.errors import EngineError
from olbuild.core.records import Frozen
from olbuild.llama.bind import bind

Kind = Literal["cpu", "gpu", "igpu", "accel"]
"""``ggml_backend_dev_type``: the processor, a graphics processor with memory of its own, one that shares the machine's,
and what helps the processor (BLAS, AMX)."""

_KINDS: Sequence[Kind] = ("cpu", "gpu", "igpu", "accel")
_NO_FEATURES: Mapping[str, str] = MappingProxyType({})


class _Abilities(ctypes.Structure):
    """``struct ggml_backend_dev_caps``."""

    _fields_ = [(name, ctypes.c_bool) for name in ("asynchronous", "host_buffer", "from_host", "events", "mmap")]


class _Properties(ctypes.Structure):
    """``struct ggml_backend_dev_props``."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("description", ctypes.c_char_p),
        ("free", ctypes.c_size_t),
        ("total", ctypes.c_size_t),
        ("type", ctypes.c_int),
        ("id", ctypes.c_char_p),
        ("abilities", _Abilities),
    ]


class BackendDevice(Frozen, kw_only=True):
    """A device. Sizes in bytes; 0 if the backend does not know.

    Attributes:
        name: such as ``CPU``, ``CUDA0``, ``MTL0``, ``Vulkan0``.
        description: such as ``NVIDIA H200``.
        backend: whose device it is, such as ``CUDA``.
        id: its PCI address; empty if it has none.
    """

    name: str
    description: str
    backend: str
    kind: Kind
    free: int
    total: int
    id: str = ""


class Backends(Frozen, kw_only=True):
    """What a build of llama.cpp has: its devices, in its order, and of each backend what it was compiled with."""

    devices: tuple[BackendDevice, ...]
    features: Mapping[str, Mapping[str, str]]

    @property
    def cpu_features(self) -> frozenset[str]:
        """The abilities of the processor that the build uses, in ggml's words: ``AVX2``."""
        return frozenset(name for name, value in self.features.get("CPU", _NO_FEATURES).items() if value != "0")


def list_backends() -> Backends:
    """Load llama.cpp and ask it.

    Raises:
        EngineError: if the engine is missing, of another version, or cannot be loaded.
    """
    llama = bind()
    library = _library(llama)
    devices = tuple(_device(library, library.ggml_backend_dev_get(number)) for number in _numbers(library))
    return Backends(devices=devices, features=read_features(llama.llama_print_system_info().decode()))


def device_list(names: Sequence[str]) -> ctypes.Array[ctypes.c_void_p]:
    """Return what ``llama_model_params.devices`` wants: the pointers of some devices, and a null.

    Raises:
        EngineError: if there is none of a name.
    """
    library = _library(bind())
    known = {}
    for number in _numbers(library):
        pointer = library.ggml_backend_dev_get(number)
        known[library.ggml_backend_dev_name(pointer).decode()] = pointer
    if missing := [name for name in names if name not in known]:
        raise EngineError(f"there is no device {missing[0]}, only {', '.join(known)}", hint="olbuild doctor lists them")
    return (ctypes.c_void_p * (len(names) + 1))(*(known[name] for name in names), None)


def read_features(text: str) -> Mapping[str, Mapping[str, str]]:
    """Read ``llama_print_system_info``: ``CPU : SSE3 = 1 | AVX = 1 | CUDA : ARCHS = 900 | ``, by backend."""
    found: dict[str, dict[str, str]] = {}
    backend = ""
    for part in text.split("|"):
        head, colon, rest = part.rpartition(" : ")
        if colon:
            backend = head.strip()
            found[backend] = {}
        name, equals, value = rest.partition("=")
        if equals and backend:
            found[backend][name.strip()] = value.strip()
    return found


def _library(llama: ModuleType) -> Any:  # noqa: ANN401 - of ctypes, whose attributes are functions
    """Return a handle through which ggml's functions are found: they are in libraries that llama.cpp's is linked to."""
    library = llama._lib  # noqa: SLF001 - the package has no other name for it
    device = ctypes.c_void_p
    for name, arguments, result in (
        ("ggml_backend_dev_count", [], ctypes.c_size_t),
        ("ggml_backend_dev_get", [ctypes.c_size_t], device),
        ("ggml_backend_dev_name", [device], ctypes.c_char_p),
        ("ggml_backend_dev_get_props", [device, ctypes.POINTER(_Properties)], None),
        ("ggml_backend_dev_backend_reg", [device], ctypes.c_void_p),
        ("ggml_backend_reg_name", [ctypes.c_void_p], ctypes.c_char_p),
    ):
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, result
    return library


def _numbers(library: Any) -> range:  # noqa: ANN401
    return range(library.ggml_backend_dev_count())


def _device(library: Any, pointer: int) -> BackendDevice:  # noqa: ANN401
    properties = _Properties()
    library.ggml_backend_dev_get_props(pointer, ctypes.byref(properties))
    backend = library.ggml_backend_reg_name(library.ggml_backend_dev_backend_reg(pointer))
    return BackendDevice(
        name=_text(properties.name),
        description=_text(properties.description).strip(),
        backend=_text(backend),
        kind=_KINDS[properties.type] if 0 <= properties.type < len(_KINDS) else "accel",
        free=properties.free,
        total=properties.total,
        id=_text(properties.id),
    )


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", errors="replace")

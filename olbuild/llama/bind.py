"""Load the ctypes bindings of llama.cpp, and nothing else of the package ``llama_cpp``."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from olbuild.core.errors import EngineError
from olbuild.llama.barriers import barriers
from olbuild.llama.check import check_layout, check_media_layout, check_version
from olbuild.llama.find import find
from olbuild.llama.log import redirect, redirect_media
from olbuild.llama.version import FIX, MEND, PACKAGE, mend

_LOCK = threading.Lock()
_PARENT = "llama_cpp"
_bound: list[types.ModuleType] = []
_bound_media: list[types.ModuleType] = []


def bind() -> types.ModuleType:
    """Return the module of llama.cpp's functions and structs, loaded, checked, silenced and initialised once.

    Raises:
        EngineError: if the engine is missing, of another version, or cannot be loaded; the hint has the remedy.
    """
    with _LOCK:
        if _bound:
            redirect(_bound[0])  # someone may have imported the package since, which takes the log
        else:
            _bound.append(_load())
        return _bound[0]


def bind_media() -> types.ModuleType:
    """Return the module of libmtmd, by which llama.cpp sees images, as ``bind`` does.

    Raises:
        EngineError: if the engine was built without it, or is another build.
    """
    llama = bind()
    with _LOCK:
        if not _bound_media:
            _bound_media.append(_load_media(llama))
        return _bound_media[0]


def _load_media(llama: types.ModuleType) -> types.ModuleType:
    folder = Path(str(llama.__file__)).parent
    try:
        with _light_parent(folder):
            media = importlib.import_module(f"{_PARENT}.mtmd_cpp")
    except (OSError, RuntimeError, AttributeError, ImportError) as error:
        raise EngineError(f"{PACKAGE} in {folder} has no libmtmd, which sees images: {error}", hint=MEND) from None
    check_media_layout(media)
    redirect_media(media)
    return media


def _load() -> types.ModuleType:
    installed = find()
    if installed is None:
        raise EngineError(f"running a model needs {PACKAGE}, which {sys.executable} does not have", hint=FIX)
    check_version(installed.version)
    try:
        with _light_parent(installed.folder), barriers():
            llama = importlib.import_module(f"{_PARENT}.llama_cpp")
    # A library that is missing or cannot be loaded, or that lacks a function.
    except (OSError, RuntimeError, AttributeError, ImportError) as error:
        raise EngineError(f"{PACKAGE} in {installed.folder} cannot be loaded: {error}", hint=mend(str(error))) from None
    check_layout(llama)
    redirect(llama)
    llama.llama_backend_init()
    return llama


@contextmanager
def _light_parent(folder: Path) -> Iterator[None]:
    """Let submodules be imported without running the package itself, which loads numpy and jinja2 (160 ms, not 31).

    The stand-in goes away afterwards, so that an ``import llama_cpp`` of someone else still gets the real package.
    """
    if _PARENT in sys.modules:
        yield
        return
    spec = importlib.machinery.ModuleSpec(_PARENT, loader=None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    sys.modules[_PARENT] = importlib.util.module_from_spec(spec)
    try:
        yield
    finally:
        del sys.modules[_PARENT]

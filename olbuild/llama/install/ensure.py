"""The way from nothing to an engine: here already, in the cache, or compiled."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

from olbuild.core.errors import EngineError
from olbuild.core.events import Emit, Said, ignore
from olbuild.llama.find import find
from olbuild.llama.install.cache import WheelCache
from olbuild.llama.install.compile import build_wheel
from olbuild.llama.install.key import SETTINGS, Machine, engine_key, this_machine
from olbuild.llama.install.tools import require_compilers, require_pip, require_space
from olbuild.llama.version import PACKAGE, REQUIREMENTS, VERSION

Origin = Literal["present", "cached", "compiled"]
"""Where the engine came from: it was installed already, or from the cache, or it was compiled now."""

_SHOWN_LINES = 15


def default_cache() -> Path:
    """Return the folder of compiled engines in the user's cache."""
    import platformdirs  # noqa: PLC0415 - not needed when a folder is named

    return Path(platformdirs.user_cache_dir("olbuild", appauthor=False)) / "engines"


def ensure_engine(cache: Path | None = None, emit: Emit = ignore) -> Origin:
    """Make the engine of the pinned version importable in this interpreter's environment.

    Args:
        cache: folder of compiled engines; the default is the user's cache folder.
        emit: hears what is being done.

    Raises:
        EngineError: if a tool is missing, or compiling or installing fails.
        ResourceError: if the cache cannot be written, or there is no space.
    """
    if _is_present():
        emit(Said(text=f"the engine is here already: {PACKAGE} {VERSION}"))
        return "present"
    require_pip()
    machine = this_machine()
    settings = {name: os.environ[name] for name in SETTINGS if os.environ.get(name)}
    place = WheelCache(folder=(cache or default_cache()) / engine_key(VERSION, machine, settings))
    with place.lock(emit):
        wheel, origin = place.get(), "cached"
        if wheel is None:
            wheel, origin = _compile(place, emit, machine), "compiled"
        emit(Said(text=f"installing {PACKAGE} {VERSION} from {wheel}"))
        _install(wheel)
    importlib.invalidate_caches()
    if not _is_present():
        raise EngineError(
            f"{PACKAGE} {VERSION} was installed, and {sys.executable} does not find it",
            hint="another llama_cpp stands before it on sys.path; remove that one",
        )
    emit(Said(text=f"the engine is ready: {PACKAGE} {VERSION} ({origin})"))
    return "cached" if origin == "cached" else "compiled"


def _is_present() -> bool:
    installed = find()
    return installed is not None and installed.version == VERSION and importlib.util.find_spec("llguidance") is not None


def _compile(place: WheelCache, emit: Emit, machine: Machine) -> Path:
    require_compilers()
    require_space(place.folder)
    with place.scratch() as scratch:
        return place.put(build_wheel(scratch, place.log, emit, machine))


def _install(wheel: Path) -> None:
    """Install the wheel and what else the extra ``engine`` names, with their dependencies."""
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    finished = subprocess.run(
        # A llama_cpp of another version, or compiled on another machine, may be there.
        [*pip, "--upgrade-strategy", "only-if-needed", str(wheel), *REQUIREMENTS[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        check=False,
    )
    if finished.returncode != 0:
        shown = "\n".join(finished.stdout.splitlines()[-_SHOWN_LINES:])
        raise EngineError(f"pip could not install {wheel.name} into {sys.prefix}", hint=f"pip said:\n\n{shown}")

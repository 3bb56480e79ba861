"""The way from nothing to an engine: here already, in the cache, a ready wheel, or compiled."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from olbuild.core.errors import EngineError
from olbuild.core.events import Emit, Said, ignore
from olbuild.llama.find import find
from olbuild.llama.install.accelerator import built_for, cmake_arguments
from olbuild.llama.install.cache import WheelCache
from olbuild.llama.install.compile import build_wheel
from olbuild.llama.install.key import SETTINGS, Machine, engine_key, this_machine
from olbuild.llama.install.ready import fetch_ready
from olbuild.llama.install.tools import require_accelerator, require_compilers, require_pip, require_space
from olbuild.llama.install.wish import Wish
from olbuild.llama.version import PACKAGE, REQUIREMENTS, VERSION

Origin = Literal["present", "cached", "ready", "compiled"]
"""Where the engine came from: it was installed already, from the cache, a ready wheel, or compiled now."""

_SHOWN_LINES = 15
_PATIENCE = 120.0
_CMAKE = "CMAKE_ARGS"
_BIND = "from olbuild.llama.bind import bind; bind()"


def default_cache() -> Path:
    """Return the folder of compiled engines in the user's cache."""
    import platformdirs  # noqa: PLC0415 - not needed when a folder is named

    return Path(platformdirs.user_cache_dir("olbuild", appauthor=False)) / "engines"


def ensure_engine(cache: Path | None = None, emit: Emit = ignore, wish: Wish = Wish()) -> Origin:  # noqa: B008 - frozen
    """Make the engine of the pinned version importable in this interpreter's environment.

    Args:
        cache: folder of engines; the default is the user's cache folder.
        emit: hears what is being done.
        wish: which engine is wanted, and how it may come.

    Raises:
        EngineError: if a tool is missing, or compiling or installing fails.
        ResourceError: if the cache cannot be written, or there is no space.
    """
    if not wish.again and _is_present() and _is_as_wished(wish):
        emit(Said(text=f"the engine is here already: {PACKAGE} {VERSION}"))
        return "present"
    require_pip()
    machine, folder = this_machine(), cache or default_cache()
    settings = {name: os.environ[name] for name in SETTINGS if os.environ.get(name)}
    if arguments := cmake_arguments(wish.accelerator, settings.get(_CMAKE, "")):
        settings[_CMAKE] = arguments
    compiled = WheelCache(folder=folder / engine_key(VERSION, machine, settings))
    origin = (
        _from(compiled, emit)
        or _ready(folder, emit, machine, wish)
        or _compiled(compiled, emit, machine, settings, wish)
    )
    importlib.invalidate_caches()
    if not _is_present():
        raise EngineError(
            f"{PACKAGE} {VERSION} was installed, and {sys.executable} does not find it",
            hint="another llama_cpp stands before it on sys.path; remove that one",
        )
    emit(Said(text=f"the engine is ready: {PACKAGE} {VERSION} ({origin})"))
    return origin


def _is_present() -> bool:
    installed = find()
    return installed is not None and installed.version == VERSION and importlib.util.find_spec("llguidance") is not None


def _is_as_wished(wish: Wish) -> bool:
    """Whether the installed engine has code for the accelerator, and for no other one if it is the processor."""
    installed = find()
    if wish.accelerator is None or installed is None:
        return True
    has = built_for(installed.folder)
    return has == ("cpu",) if wish.accelerator == "cpu" else wish.accelerator in has


def _from(place: WheelCache, emit: Emit) -> Origin | None:
    """Install the wheel of a place in the cache, if there is one."""
    if not place.folder.is_dir():
        return None
    with place.lock(emit):
        if (wheel := place.get()) is None:
            return None
        _install(wheel, emit)
    return "cached"


def _ready(folder: Path, emit: Emit, machine: Machine, wish: Wish) -> Origin | None:
    """Install a ready wheel, if one may be taken, can be had, and works here."""
    if not wish.ready:
        return None
    accelerator = wish.accelerator or "cpu"
    mark = {"ready": accelerator, "index": wish.index}
    place = WheelCache(folder=folder / engine_key(VERSION, machine, mark))
    if (found := _from(place, emit)) is not None or wish.offline:
        return found
    with place.lock(emit), place.scratch() as scratch:
        fetched = fetch_ready(scratch, accelerator, wish.index, emit)
        if fetched is None:
            return None
        if (failed := _try(fetched, scratch / "trial")) is not None:
            emit(Said(text=f"the ready wheel does not work here: {failed}", level="warning"))
            return None
        _install(place.put(fetched), emit)
    return "ready"


def _compiled(place: WheelCache, emit: Emit, machine: Machine, settings: Mapping[str, str], wish: Wish) -> Origin:
    with place.lock(emit):
        if (wheel := place.get()) is not None:  # made by another process meanwhile
            _install(wheel, emit)
            return "cached"
        if wish.offline:
            raise EngineError(
                f"the engine is not in the cache ({place.folder}), and nothing may be fetched",
                hint="leave --offline out once",
            )
        require_compilers()
        require_accelerator(wish.accelerator)
        require_space(place.folder)
        with place.scratch() as scratch:
            wheel = place.put(build_wheel(scratch, place.log, emit, machine, settings))
        _install(wheel, emit)
    return "compiled"


def _install(wheel: Path, emit: Emit) -> None:
    """Install the wheel and what else the extra ``engine`` names, with their dependencies."""
    emit(Said(text=f"installing {PACKAGE} {VERSION} from {wheel}"))
    if (there := find()) is not None and there.version == VERSION:  # built for something else
        _pip(wheel, "--force-reinstall", "--no-deps", str(wheel))
    # A llama_cpp of another version, or compiled on another machine, may be there.
    _pip(wheel, "--upgrade-strategy", "only-if-needed", str(wheel), *REQUIREMENTS[1:])


def _pip(wheel: Path, *arguments: str) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    code, output = _output([*pip, *arguments])
    if code != 0:
        shown = "\n".join(output.splitlines()[-_SHOWN_LINES:])
        raise EngineError(f"pip could not install {wheel.name} into {sys.prefix}", hint=f"pip said:\n\n{shown}")


def _try(wheel: Path, folder: Path) -> str | None:
    """Unpack a wheel and load it in a process of its own; return what failed, in a line.

    A library may need a newer C library, and one for other instructions would end the process.
    """
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    code, output = _output([sys.executable, "-c", _BIND], timeout=_PATIENCE, PYTHONPATH=path)
    return None if code == 0 else (output.strip().splitlines() or [f"exit code {code}"])[-1]


def _output(command: list[str], timeout: float | None = None, **environment: str) -> tuple[int, str]:
    try:
        finished = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout,
            env={**os.environ, **environment},
        )
    except subprocess.TimeoutExpired:
        return 1, f"it did not end within {timeout:.0f} s"
    return finished.returncode, finished.stdout

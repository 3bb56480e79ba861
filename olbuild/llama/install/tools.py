"""What compiling needs, checked before minutes are spent on it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Mapping

from olbuild.core.errors import EngineError, ResourceError
from olbuild.llama.install.accelerator import RECIPES, Accelerator

NEEDED_BYTES = 2 << 30
"""Free space that a build takes: unpacked sources, build tools and objects came to 1.1 GB."""

Which = Callable[[str], str | None]


def require_pip() -> None:
    """Raise EngineError if this interpreter has no pip."""
    if importlib.util.find_spec("pip") is None:
        raise EngineError(
            f"{sys.executable} has no pip, which installs the engine",
            hint=f"run: {sys.executable} -m ensurepip, or with uv: uv pip install 'olbuild[engine]'",
        )


def require_compilers(environment: Mapping[str, str] = os.environ, which: Which = shutil.which) -> None:
    """Raise EngineError if a C compiler, a C++ compiler or cmake is missing; name the packages that bring them.

    ``CC`` and ``CXX`` win, as they do in cmake, and may carry arguments.
    """
    missing: list[tuple[str, str]] = []
    for tool, variable, names, package in (
        ("a C compiler", "CC", ("cc", "gcc", "clang"), "gcc"),
        ("a C++ compiler", "CXX", ("c++", "g++", "clang++"), "g++"),
        ("cmake", "", ("cmake",), "cmake"),
    ):
        chosen = environment.get(variable, "").split() if variable else []
        if not any(which(name) for name in (chosen[:1] or names)):
            missing.append((f"{tool} ({chosen[0]}, from {variable})" if chosen else tool, package))
    if not missing:
        return
    packages = " ".join(package for _, package in missing)
    apple = "xcode-select --install; brew install cmake"
    raise EngineError(
        f"the engine must be compiled, and this machine lacks {' and '.join(tool for tool, _ in missing)}",
        hint=f"run: {apple}" if sys.platform == "darwin" else f"on Debian and Ubuntu run: sudo apt install {packages}",
    )


def require_accelerator(accelerator: Accelerator | None, which: Which = shutil.which) -> None:
    """Raise EngineError if what compiling for an accelerator needs is missing; name what brings it."""
    recipe = RECIPES[accelerator] if accelerator else None
    if recipe is None or not recipe.programs or any(which(name) for name in recipe.programs):
        return
    if accelerator == "cuda" and os.environ.get("CUDACXX"):
        return
    raise EngineError(
        f"the engine must be compiled for {accelerator}, and this machine lacks {recipe.programs[0]}",
        hint=f"install {recipe.package}",
    )


def require_space(folder: str | os.PathLike[str], needed: int = NEEDED_BYTES) -> None:
    """Raise ResourceError if the disk of a folder has less than ``needed`` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ResourceError(
            f"compiling the engine takes {needed / 1e9:.1f} GB in {folder}, and {free / 1e9:.1f} GB are free",
            hint="free some space, or name a folder on another disk with --cache",
        )

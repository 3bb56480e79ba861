"""What the engine can be built for besides the processor: how llama.cpp's build is told, and how a build shows it."""

from __future__ import annotations

import sys
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from olbuild.core.records import Frozen

Accelerator = Literal["cpu", "cuda", "rocm", "metal", "vulkan"]


class Recipe(Frozen, kw_only=True):
    """How an accelerator is built in.

    Attributes:
        flags: of cmake.
        library: part of the name of the library that has its code; empty for the processor's.
        programs: of which one must be there to compile; none is nothing more than compilers.
        package: what brings them.
        wheels: the folder of ready wheels in upstream's index; of CUDA that depends on the driver.
    """

    flags: tuple[str, ...] = ()
    library: str = ""
    programs: tuple[str, ...] = ()
    package: str = ""
    wheels: str


RECIPES: Mapping[Accelerator, Recipe] = MappingProxyType(
    {
        "cpu": Recipe(flags=("-DGGML_METAL=off",) if sys.platform == "darwin" else (), wheels="cpu"),
        "cuda": Recipe(
            flags=("-DGGML_CUDA=on",),
            library="ggml-cuda",
            programs=("nvcc", "/usr/local/cuda/bin/nvcc"),
            package="NVIDIA's CUDA toolkit (on Debian and Ubuntu: sudo apt install nvidia-cuda-toolkit)",
            wheels="cu{cuda}",
        ),
        "rocm": Recipe(
            flags=("-DGGML_HIP=on",),
            library="ggml-hip",
            programs=("hipcc", "/opt/rocm/bin/hipcc"),
            package="AMD's ROCm (https://rocm.docs.amd.com)",
            wheels="rocm72",
        ),
        "metal": Recipe(
            flags=("-DGGML_METAL=on",),
            library="ggml-metal",
            programs=("xcrun",),
            package="Apple's command line tools (xcode-select --install), on a Mac",
            wheels="metal",
        ),
        "vulkan": Recipe(
            flags=("-DGGML_VULKAN=on",),
            library="ggml-vulkan",
            programs=("glslc",),
            package="Vulkan's headers and shader compiler (on Debian and Ubuntu: sudo apt install libvulkan-dev glslc)",
            wheels="vulkan",
        ),
    }
)


def cmake_arguments(accelerator: Accelerator | None, given: str) -> str:
    """Return ``CMAKE_ARGS`` with what an accelerator needs behind what the user gave."""
    flags = RECIPES[accelerator].flags if accelerator else ()
    return " ".join(part for part in (given, *flags) if part)


def built_for(folder: Path) -> tuple[Accelerator, ...]:
    """Return the accelerators that an installed engine has code for, ``cpu`` first."""
    return _named(path.name for path in (folder / "lib").glob("*ggml*"))


def built_into(wheel: Path) -> tuple[Accelerator, ...]:
    """Return the accelerators that a wheel has code for; none if it is damaged."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            return _named(archive.namelist())
    except (OSError, zipfile.BadZipFile, zlib.error):
        return ()


def _named(files: Iterable[str]) -> tuple[Accelerator, ...]:
    names = tuple(files)
    return tuple(
        accelerator
        for accelerator, recipe in RECIPES.items()
        if not recipe.library or any(recipe.library in name for name in names)
    )

"""A ready wheel of the engine, where somebody has built one for this platform."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from olbuild.core.events import Emit, Said
from olbuild.llama.install.accelerator import RECIPES, Accelerator, built_into
from olbuild.llama.version import PACKAGE, REQUIREMENTS, VERSION

UPSTREAM = "https://abetlen.github.io/llama-cpp-python/whl"
"""The index of llama-cpp-python's author: a folder for each accelerator."""

_CUDA_WHEELS = (118, 121, 122, 123, 124, 125, 126, 128, 129, 130, 131, 132)
_MOST_TRIES = 3
_PATIENCE = 900.0  # seconds for a download; wheels for CUDA have some hundred MB
_UNREACHABLE = ("Connection", "Temporary failure", "timed out", "Max retries", "ProxyError", "SSLError", "HTTP error")

_NETWORK = re.compile(
    r"Failed to resolve '[^']*'|Connection refused|Connection reset|[Tt]imed out|certificate verify failed"
)

Run = Callable[[list[str]], tuple[int, str]]


def fetch_ready(scratch: Path, accelerator: Accelerator, index: str, emit: Emit, run: Run | None = None) -> Path | None:
    """Download a ready wheel into ``scratch``, an empty folder; ``None`` if there is none, after saying why.

    Args:
        scratch: where to.
        accelerator: what it must have code for.
        index: an index with exactly such wheels; empty is upstream's.
        emit: hears what is tried and what failed.
        run: runs a command and returns its exit code and output; made up in tests.
    """
    for url in tuple(_indexes(accelerator, index))[:_MOST_TRIES]:
        emit(Said(text=f"looking for a ready wheel in {url}"))
        code, output = (run or _run)(_command(scratch, url))
        found = sorted(scratch.glob("*.whl"))
        if code == 0 and len(found) == 1:
            if accelerator in built_into(found[0]):
                return found[0]
            emit(Said(text=f"the wheel there was not built for {accelerator}", level="warning"))
            found[0].unlink()
            continue
        if any(word in output for word in _UNREACHABLE):
            emit(Said(text=f"{url} cannot be reached: {_reason(output)}", level="warning"))
            return None
        emit(Said(text=f"there is no wheel of {PACKAGE} {VERSION} for this platform: {_reason(output)}"))
    return None


def _indexes(accelerator: Accelerator, index: str) -> Iterator[str]:
    """Yield the addresses to try: of CUDA that of the driver's version, then of older ones."""
    folder = RECIPES[accelerator].wheels
    if index:
        yield index
    elif accelerator == "cuda":
        newest = cuda_version() or _CUDA_WHEELS[-1]
        yield from (f"{UPSTREAM}/{folder.format(cuda=each)}" for each in reversed(_CUDA_WHEELS) if each <= newest)
    else:
        yield f"{UPSTREAM}/{folder}"


def cuda_version() -> int | None:
    """Return the version of CUDA that the driver knows, as 128 for 12.8; ``None`` without a driver."""
    version = ctypes.c_int()
    try:
        driver = ctypes.CDLL("libcuda.so.1")
        if driver.cuDriverGetVersion(ctypes.byref(version)) != 0:
            return None
    except (OSError, AttributeError):
        return None
    return version.value // 1000 * 10 + version.value % 1000 // 10


def _command(scratch: Path, url: str) -> list[str]:
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar",
        "off",
    ]
    only = ["--no-deps", "--only-binary", PACKAGE, "--retries", "1", "--timeout", "20"]
    return [*pip, *only, "--index-url", url, "--dest", str(scratch), REQUIREMENTS[0]]


def _run(command: list[str]) -> tuple[int, str]:
    # Another index, which the user set for everything else, has wheels for something else.
    hidden = {"PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_NO_INDEX", "PIP_CONFIG_FILE"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    try:
        finished = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            check=False,
            timeout=_PATIENCE,
            env={**environment, "PIP_CONFIG_FILE": os.devnull},
        )
    except subprocess.TimeoutExpired:
        return 1, f"Connection timed out after {_PATIENCE:.0f} s"
    return finished.returncode, finished.stdout


def _reason(output: str) -> str:
    """Return what pip gave as its reason, in one line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    said = next(
        (line for line in lines if line.startswith(("WARNING:", "ERROR:"))), lines[-1] if lines else "pip said nothing"
    )
    text = said.partition(":")[2].strip() or said
    if found := _NETWORK.search(text):
        return found[0]
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


_LONGEST = 200

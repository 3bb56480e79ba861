"""Compile the engine's wheel in a process of its own: pip, scikit-build-core, cmake, ninja."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from olbuild.core.errors import EngineError
from olbuild.core.events import Emit, Said
from olbuild.llama.install import amx
from olbuild.llama.install.key import Machine
from olbuild.llama.install.progress import Meter
from olbuild.llama.version import PACKAGE, REQUIREMENTS, VERSION

_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
_SHOWN_LINES = 25
_PATIENCE = 20.0  # seconds that pip gets to clean up after an interrupt


def build_wheel(
    scratch: Path, log: Path, emit: Emit, machine: Machine, settings: Mapping[str, str] = _NO_SETTINGS
) -> Path:
    """Download the source of the engine, compile it with all cores, and return the wheel, which lies in ``scratch``.

    Args:
        scratch: an empty folder; everything that the build writes is inside it, so removing it leaves nothing.
        log: receives the whole output.
        emit: hears a line for each percent.
        machine: what it is compiled for.
        settings: environment variables that differ from this process's.

    Raises:
        EngineError: if the build fails; the hint has the last lines of the output and the place of the log.
    """
    wheels = scratch / "wheels"
    command = [
        *(sys.executable, "-m", "pip", "wheel", "--verbose", "--disable-pip-version-check", "--progress-bar", "off"),
        # pip's own cache knows neither the processor nor CMAKE_ARGS, and would hand out an engine of other settings.
        *("--no-cache-dir", "--no-deps", "--no-binary", PACKAGE, "--wheel-dir", str(wheels), REQUIREMENTS[0]),
    ]
    emit(Said(text=f"compiling {PACKAGE} {VERSION}, once for this machine (several minutes); the log is {log}"))
    last = _run(command, scratch, log, emit, {**settings, **compiler_flags(machine)})
    built = sorted(wheels.glob("*.whl")) if wheels.is_dir() else []
    if len(built) != 1:
        shown = "\n".join(last)
        raise EngineError(
            f"compiling {PACKAGE} {VERSION} failed", hint=f"the whole log is {log}; it ends with:\n\n{shown}"
        )
    return built[0]


def compiler_flags(machine: Machine) -> dict[str, str]:
    """Return the flags for the compilers: those of the user, and what keeps them from abilities that do not work."""
    if machine.architecture not in {"x86_64", "amd64"} or any(name.startswith("amx") for name in machine.features):
        return {}
    return {name: f"{os.environ.get(name, '')} {amx.FLAGS}".strip() for name in ("CFLAGS", "CXXFLAGS")}


def _run(command: list[str], scratch: Path, log: Path, emit: Emit, settings: Mapping[str, str]) -> deque[str]:
    """Run a build to its end; return the last lines of its output."""
    environment = {"CMAKE_BUILD_PARALLEL_LEVEL": str(_cores()), **os.environ, **settings, "TMPDIR": str(scratch)}
    begin, meter, last = time.monotonic(), Meter(), deque[str](maxlen=_SHOWN_LINES)
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        text=True,
        errors="replace",
        start_new_session=True,  # a group of its own, so that an interrupt can end compilers too
    ) as process:
        try:
            with log.open("w", encoding="utf-8") as file:
                for line in process.stdout or ():
                    file.write(line)
                    last.append(line.rstrip())
                    if said := meter.read(line, time.monotonic() - begin):
                        emit(Said(text=said))
        except BaseException:
            _end(process)
            raise
    return last


def _end(process: subprocess.Popen[str]) -> None:
    """End a build: ask first, so that pip removes what it made, then insist."""
    for kind in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(process.pid, kind)
            process.wait(_PATIENCE)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1

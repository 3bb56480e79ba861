"""The key of a compiled engine: equal keys mean that the same machine code would come out and would run."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from olbuild.core.records import Frozen
from olbuild.llama.install.amx import usable

# What llama-cpp-python's build, cmake and the compilers read from the environment.
SETTINGS = (
    *("CMAKE_ARGS", "SKBUILD_CMAKE_ARGS", "SKBUILD_CMAKE_DEFINE", "CMAKE_GENERATOR", "CMAKE_TOOLCHAIN_FILE"),
    *("CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS", "CUDACXX", "CUDAARCHS", "MACOSX_DEPLOYMENT_TARGET"),
)

_UNSAFE = re.compile(r"[^A-Za-z0-9._]+")
_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


class Machine(Frozen, kw_only=True):
    """What machine code depends on.

    ``features`` are the names of the processor's abilities that can be used: ggml is compiled with ``-march=native``
    (``GGML_NATIVE``), and its code stops with an illegal instruction on a processor that has fewer.
    """

    system: str
    architecture: str
    c_library: str
    features: frozenset[str] = frozenset()


def engine_key(version: str, machine: Machine, settings: Mapping[str, str] = _NO_SETTINGS) -> str:
    """Return the key of an engine: readable, safe as the name of a folder, and different when anything differs.

    Args:
        version: of llama-cpp-python.
        machine: what it is compiled on and for.
        settings: the environment variables of ``SETTINGS`` that are set.
    """
    content = [version, machine.system, machine.architecture, machine.c_library]
    document = [*content, sorted(machine.features), sorted(settings.items())]
    fingerprint = hashlib.sha256(json.dumps(document).encode()).hexdigest()[:16]
    return "-".join([*(_UNSAFE.sub("_", part) for part in content if part), fingerprint])


def this_machine() -> Machine:
    """Examine the machine that this process runs on."""
    return Machine(
        system=platform.system().lower(),
        architecture=platform.machine().lower(),
        c_library="".join(platform.libc_ver()),
        features=frozenset(_apple_features()) if sys.platform == "darwin" else usable(_linux_features()),
    )


def _linux_features() -> list[str]:
    """Return the first processor's ``flags`` (x86) or ``Features`` (ARM); all processors of a machine share them."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", errors="replace")
    except OSError:
        return [platform.processor()]
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip() in {"flags", "Features", "isa"}:
            return value.split()
    return [platform.processor()]


def _apple_features() -> list[str]:
    finished = subprocess.run(
        ["/usr/sbin/sysctl", "machdep.cpu.brand_string", "hw.optional"], capture_output=True, text=True, check=False
    )
    return finished.stdout.splitlines() or [platform.processor()]

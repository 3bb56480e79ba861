"""The one version of the engine that is bound, and how to get it."""

from __future__ import annotations

import re

PACKAGE = "llama-cpp-python"
VERSION = "0.3.36"
"""llama.cpp's structs change between builds, so this is one exact version; the extra ``engine`` names the same."""

REQUIREMENTS = (f"{PACKAGE}=={VERSION}", "llguidance>=1.9.1")

FIX = "run: olbuild engine install (a ready wheel, or compiled once), or: pip install 'olbuild[engine]'"
"""What to do where the engine is missing, or of another version."""

MEND = "run: olbuild engine install --compile (compiles once for this machine, in place of what is there)"
"""What to do where it is there, and does not work."""

_MISSING = re.compile(r"(lib[\w.+-]+): cannot open shared object file")
_OWN = ("libllama", "libggml", "libmtmd")


def mend(reason: str) -> str:
    """Return what to do where it cannot be loaded: a library that the machine lacks comes by no other build."""
    found = _MISSING.search(reason)
    if found is None or found[1].startswith(_OWN):
        return MEND
    return (
        f"install what {found[1]} belongs to (a driver, a toolkit such as CUDA, a package of the system), or add its"
        " folder to LD_LIBRARY_PATH; an engine that needs no graphics processor: olbuild engine install --cpu"
    )

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


def mend(reason: str) -> str:
    """Return what to do where it cannot be loaded: a library that the system lacks comes by no other build."""
    found = _MISSING.search(reason)
    if found is None or found[1].startswith(_OWN):
        return MEND
    return (
        f"{found[1]} comes with the driver or the toolkit that this engine was built for: install it, or add its folder"
        " to LD_LIBRARY_PATH; without it run: olbuild engine install --cpu"
    )


_MISSING = re.compile(r"(lib[\w.+-]+): cannot open shared object file")
_OWN = ("libllama", "libggml", "libmtmd")

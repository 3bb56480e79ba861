"""What tests of several folders share."""

import os
import shutil
from pathlib import Path

import pytest

from examples.smollm2 import cache_folder

ROOT = Path(__file__).resolve().parent.parent

# Read when this module is imported: each test then gets a HOME of its own.
CACHE = cache_folder()

_REMEDIES = {
    "llama-server": "make llama-server builds it",
    **dict.fromkeys(("cosign", "ollama"), "nothing installs it; put one on PATH"),
}


def require_program(name: str) -> Path:
    """Return the path of a program, or skip the test and say which program is missing.

    `.ci/run` puts programs that no package of the system has into the cache folder, `make llama-server` that one.
    """
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), str(CACHE / "bin")])
    found = shutil.which(name, path=places)
    if found is None:
        pytest.skip(f"the program {name} is missing ({_REMEDIES.get(name, '.ci/run installs it')})")
    return Path(found)

"""Where the engine is and which version it has, without importing any of it."""

from __future__ import annotations

import re
from importlib.machinery import PathFinder
from pathlib import Path

from olbuild.core.records import Frozen

_VERSION = re.compile(r"""^__version__\s*=\s*["']([^"']+)["']""", re.MULTILINE)


class Installation(Frozen, kw_only=True):
    """The package ``llama_cpp`` as it lies on disk. ``version`` is empty when the package does not say it."""

    folder: Path
    version: str


def find() -> Installation | None:
    """Return the engine of this interpreter's environment.

    The version is read from the text of the package: importing the package costs 160 ms (numpy, jinja2), and asking
    ``importlib.metadata`` loads a parser of e-mail.
    """
    spec = PathFinder.find_spec("llama_cpp")  # which asks the disk, whatever this process has loaded
    if spec is None or spec.origin is None:  # no origin: a folder that happens to have the name
        return None
    found = _VERSION.search(Path(spec.origin).read_text("utf-8"))
    return Installation(folder=Path(spec.origin).parent, version=found[1] if found else "")

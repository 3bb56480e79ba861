"""Files that travel with the code: the grammars and the schemas of the registry specification."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def resource(name: str) -> Path:
    """Return the path of a data file such as ``grammar/modelfile.lark``.

    A wheel carries these under ``olbuild/_data``; an editable install reads them from the repository.

    Raises:
        FileNotFoundError: if neither place has it, which means that the installation is broken.
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        path = root / name
        if path.is_file():
            return path
    raise FileNotFoundError(name)

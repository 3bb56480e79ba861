"""Names in the local store. It is only looked at: without a store there are none, and none is made."""

from __future__ import annotations

from pathlib import Path

from olbuild.core.errors import OlbuildError
from olbuild.core.text import printable
from olbuild.storage.store import Store


def stored_names(home: Path) -> tuple[str, ...]:
    """Return the names in the store of a home that can be written in a Modelfile; none if it cannot be read."""
    try:
        names = Store.open(home, create=False).names()
    except (OlbuildError, OSError):
        return ()
    return tuple(name for name in names if printable(name) == name and not set(name) & set(' \t"'))

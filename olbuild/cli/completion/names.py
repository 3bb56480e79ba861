"""Names for a shell: read from ``index.json``, without opening the store and without anything heavy."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from olbuild.core.config import load_config
from olbuild.core.errors import OlbuildError
from olbuild.core.text import printable

_NAME = "org.opencontainers.image.ref.name"


def complete(words: list[str]) -> int:
    """Print the names in the local store, one a line (``olbuild __complete names [DIR]``); a failure is no name."""
    if words[:1] == ["names"]:
        sys.stdout.writelines(f"{name}\n" for name in stored_names(words[1] if len(words) > 1 else None))
        sys.stdout.flush()
    return 0


def stored_names(home: str | None = None) -> list[str]:
    """Return the names in the store of a home, sorted; a name that a terminal could not show is left out."""
    try:
        folder = Path(home).expanduser() if home else load_config().home
        manifests = json.loads((folder / "store" / "index.json").read_bytes())["manifests"]
        names = {manifest.get("annotations", {}).get(_NAME) for manifest in manifests}
    except (OSError, ValueError, LookupError, AttributeError, TypeError, RecursionError, OlbuildError):
        return []
    return sorted(name for name in names if isinstance(name, str) and printable(name) == name and " " not in name)

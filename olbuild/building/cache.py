"""The build cache: what a key led to last time. Losing an entry costs time and never correctness."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path

from olbuild.core.content import canonical_json


class BuildCache:
    """Small JSON documents under hexadecimal keys, one file each, in ``state/build/``.

    Entries are written whole (temporary file, then rename), so that concurrent builds cannot see half of one. An
    entry that cannot be read or is not JSON counts as absent.
    """

    def __init__(self, folder: Path) -> None:
        """Use a folder, which is made when the first entry is written."""
        self._folder = folder

    def get(self, key: str) -> dict[str, object] | None:
        """Return what was put under a key."""
        try:
            value = json.loads(self._path(key).read_bytes())
        except (OSError, ValueError):
            return None
        return value if isinstance(value, dict) else None

    def put(self, key: str, value: dict[str, object]) -> None:
        """Remember a JSON document. A cache that cannot be written (read-only, full) is no reason to fail."""
        path = self._path(key)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(canonical_json(value))
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise

    def clear(self) -> None:
        """Forget everything."""
        with contextlib.suppress(OSError):
            for path in self._folder.glob("*/*.json"):
                path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"

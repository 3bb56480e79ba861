"""Which digest a file had when it was last read, so that an unchanged file is not read again.

One small file per inode: a lookup opens one file, two writers cannot harm each other, and a damaged entry is one miss.
An entry counts only if device, inode, size and both times are still the same.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from olbuild.core.errors import FormatError
from olbuild.core.names import Digest
from olbuild.storage.store.identity import FileIdentity

_LARGEST_ENTRY = 1024


class StatCache:
    """Digests by file identity, in a folder.

    Only identities that had settled when they were taken may be recorded: see ``identity.settle``.
    """

    def __init__(self, folder: Path, most: int = 4096) -> None:
        """Remember the folder; beyond ``most`` entries the oldest half is dropped."""
        self._folder = folder
        self._most = most

    def find(self, identity: FileIdentity) -> Digest | None:
        """Return the digest that a file with this very identity had, ``None`` if that is not known."""
        try:
            with self._path(identity).open("rb") as file:
                entry = json.loads(file.read(_LARGEST_ENTRY))
            if entry[:5] != _key(identity):
                return None
            return Digest.parse(entry[5])
        except (OSError, ValueError, TypeError, LookupError, AttributeError, FormatError):
            return None  # missing or damaged: the file is read, and the entry written anew

    def record(self, identity: FileIdentity, digest: Digest) -> None:
        """Remember a digest. A cache that cannot be written is a cache that does not help, and no error."""
        path = self._path(identity)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                temporary.write_text(json.dumps([*_key(identity), str(digest)]))
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
            self._trim()

    def _trim(self) -> None:
        entries = list(self._folder.iterdir())
        if len(entries) <= self._most:
            return
        entries.sort(key=lambda entry: entry.stat().st_mtime_ns)
        for entry in entries[: len(entries) - self._most // 2]:
            entry.unlink()

    def _path(self, identity: FileIdentity) -> Path:
        return self._folder / f"{identity.device:x}-{identity.inode:x}"


def _key(identity: FileIdentity) -> list[int]:
    return [identity.device, identity.inode, identity.size, identity.mtime_ns, identity.ctime_ns]

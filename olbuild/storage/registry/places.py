"""In which repositories of a host a blob is known to be: from there another repository can take it over (mount)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from olbuild.core.content import Descriptor
from olbuild.core.errors import UsageError
from olbuild.core.names import Digest, Reference
from olbuild.storage.registry.statefiles import read_state, write_state

_WORTH_IT = 1 << 20  # bytes; what is smaller is sent as fast as it is looked up
_MOST_REPOSITORIES = 8
_MOST_BLOBS = 4096


class Places:
    """The repositories of one host, by blob. Without a folder nothing is remembered."""

    def __init__(self, host: str, folder: Path | None = None) -> None:
        """Remember the folder; nothing is read yet."""
        self._folder = None if folder is None else folder / f"{quote(host, safe='')}.blobs"

    def find(self, digest: Digest) -> tuple[str, ...]:
        """Return the repositories, the one that was seen last first. The blob may be gone from there by now."""
        if self._folder is None:
            return ()
        listed = read_state(self._folder / digest.hex).get("repositories")
        found = listed[:_MOST_REPOSITORIES] if isinstance(listed, list) else []
        return tuple(each for each in found if isinstance(each, str) and _is_repository(each))

    def note(self, descriptor: Descriptor, repository: str) -> None:
        """Remember that a blob is in a repository."""
        if self._folder is None or descriptor.size < _WORTH_IT:
            return
        known = self.find(descriptor.digest)
        if known[:1] == (repository,):
            return
        others = [each for each in known if each != repository]
        listed = [repository, *others][:_MOST_REPOSITORIES]
        write_state(self._folder / descriptor.digest.hex, {"repositories": list(listed)})
        self._trim()

    def forget(self) -> None:
        """Drop everything."""
        for path in self._entries():
            path.unlink(missing_ok=True)

    def _entries(self) -> list[Path]:
        with suppress(OSError):
            return list(self._folder.iterdir()) if self._folder is not None else []
        return []

    def _trim(self) -> None:
        entries = self._entries()
        if len(entries) <= _MOST_BLOBS:
            return
        with suppress(OSError):
            entries.sort(key=lambda entry: entry.stat().st_mtime_ns)
            for entry in entries[: len(entries) - _MOST_BLOBS // 2]:
                entry.unlink(missing_ok=True)


def _is_repository(text: str) -> bool:
    try:
        return bool(Reference(host=None, repository=text))
    except UsageError:
        return False

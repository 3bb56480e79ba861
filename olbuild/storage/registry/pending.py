"""Uploads that have begun, so that the next process can go on where one was killed.

What is kept is the address of the upload at the registry itself. It holds no token: the next process brings its own.
An address at another host is signed for whoever has it, and is not kept.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from olbuild.core.content import Descriptor
from olbuild.storage.registry.hosts import Endpoint
from olbuild.storage.registry.locking import alone_if_free
from olbuild.storage.registry.statefiles import read_state, write_state

LIFE = 24 * 3600.0
"""Seconds that an address is kept; registries clear unfinished uploads away after some days."""

_LONGEST = 8 << 10


class Pending:
    """The place where the address of one upload is kept; ``address`` is empty if none is known."""

    def __init__(self, path: Path | None, endpoint: Endpoint) -> None:
        """Read what is there; without a path nothing is kept."""
        self._path = path
        self._endpoint = endpoint
        self.address = self._read()

    def keep(self, address: str) -> None:
        """Remember where the upload goes on."""
        self.address = address
        if self._path is not None and self._endpoint.owns(address) and "@" not in address.partition("//")[2]:
            write_state(self._path, {"host": self._endpoint.authority, "address": address, "at": time.time()})

    def forget(self) -> None:
        """Remember nothing: the upload has ended, or is lost."""
        self.address = ""
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _read(self) -> str:
        kept = {} if self._path is None else read_state(self._path)
        address, at = kept.get("address"), kept.get("at")
        if not isinstance(address, str) or len(address) > _LONGEST or not self._endpoint.owns(address):
            return ""
        young = isinstance(at, int | float) and 0 <= time.time() - at < LIFE
        return address if young else ""


@contextmanager
def claim(folder: Path | None, endpoint: Endpoint, repository: str, descriptor: Descriptor) -> Iterator[Pending]:
    """Have the place for one upload; a process that comes second uploads on its own, and keeps nothing."""
    if folder is None or not _prepare(folder):
        yield Pending(None, endpoint)
        return
    key = f"{endpoint.authority} {repository} {descriptor.digest}".encode()
    path = folder / f"{hashlib.sha256(key).hexdigest()}.json"
    with alone_if_free(path) as alone:
        yield Pending(path if alone else None, endpoint)


def _prepare(folder: Path) -> bool:
    """Make the folder, and remove what is too old to be of use; false where nothing can be kept."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in folder.iterdir():
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > LIFE:
                    path.unlink()
    except OSError:
        return False
    return os.access(folder, os.W_OK)

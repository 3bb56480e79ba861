"""Files on their way in: each is written beside the store, and appears in it whole or not at all.

The temporary file is its own lock. Who wants to write the same thing waits for it, and finds it done; who dies frees
it, and the next one sweeps it away. A file that can be gone on with (see ``partfile``) stays for some days.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from olbuild.core.errors import StoreError
from olbuild.storage.parts import sleep
from olbuild.storage.ports import Progress, Steady, no_progress
from olbuild.storage.store.failures import writing
from olbuild.storage.store.locks import lock_file, try_lock_file
from olbuild.storage.store.partfile import blocks_of, received_of, record_of
from olbuild.storage.store.temporary import BLOB_MODE, DOCUMENT_MODE, Temporary, sync_folder

__all__ = ["BLOB_MODE", "DOCUMENT_MODE", "Ingest", "Temporary", "sync_folder"]

# The keys of `begin`: in the layout of somebody else nothing of another name is ours to remove.
_KEY = re.compile(
    r"[0-9a-f]{64}(\.blocks)?|(import|try-import|place|record)-[0-9a-f-]+|(index|format)\.json|oci-layout"
)

_KEPT = 7 * 24 * 3600.0  # seconds for which an interrupted transfer can be gone on with
_LOOK = 0.25  # seconds between looks at what another process does


class Ingest:
    """The folder of temporary files, in the same file system as the store.

    Args:
        folder: where temporary files are.
        where: the store, for messages.
        transient: whether the folder is removed as soon as it is empty, as in a layout of somebody else.
    """

    def __init__(self, folder: Path, where: Path, *, transient: bool = False) -> None:
        """Remember the folder; it is made when it is needed."""
        self.folder = folder
        self._where = where
        self._transient = transient
        self._swept = False

    @property
    def keeps(self) -> bool:
        """Whether interrupted transfers can be gone on with: not in a layout of somebody else."""
        return not self._transient

    @contextmanager
    def begin(self, key: str, *, size: int | None = None, progress: Progress = no_progress) -> Iterator[Temporary]:
        """Open the temporary file of a piece of work; wait while another one, here or elsewhere, does the same work.

        The block must look first whether the work is done already.

        Args:
            key: names the work.
            size: of the content in bytes, if what an interrupted transfer left of it is welcome.
            progress: told meanwhile what the other one has received, if a size is given.

        Raises:
            StoreError: if the folder cannot be written.
        """
        if not self._swept:
            self._swept = True
            self.sweep()
        with writing(self._where):
            path, descriptor = self.folder / key, self._lock(key, size, progress)
            keep = size is not None and blocks_of(path, size) is not None
            temporary = Temporary(path, descriptor, self._where, keep=keep)
        try:
            yield temporary
        finally:
            temporary.close()
            self._tidy()

    def sweep(self, *, everything: bool = False) -> int:
        """Remove what dead processes left; return how many bytes that freed.

        What can be gone on with stays for some days, unless ``everything`` goes.
        """
        freed = 0
        for path in self._left():
            if not everything and self._worth_keeping(path):
                continue
            with suppress(OSError):
                descriptor = try_lock_file(path)
                if descriptor is not None:
                    freed += os.fstat(descriptor).st_blocks * 512
                    record_of(path).unlink(missing_ok=True)
                    path.unlink(missing_ok=True)
                    os.close(descriptor)
        self._tidy()
        return freed

    def left(self) -> int:
        """Return how many bytes dead processes left, and ``sweep`` would free of everything."""
        found = 0
        for path in self._left():
            with suppress(OSError):
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
                    found += os.fstat(descriptor).st_blocks * 512
                finally:
                    os.close(descriptor)
        return found

    def allocated(self, key: str) -> int:
        """Return how many bytes of the disk the temporary file of a piece of work takes already."""
        try:
            return (self.folder / key).lstat().st_blocks * 512
        except OSError:
            return 0

    def _left(self) -> list[Path]:
        """Return the files that may have been left; a record stands for its file, which may be missing."""
        if not self._is_folder():
            return []
        try:
            names = {path.name for path in self.folder.iterdir() if _KEY.fullmatch(path.name)}
        except OSError:
            return []
        return [self.folder / name for name in sorted({name.removesuffix(".blocks") for name in names})]

    def _worth_keeping(self, path: Path) -> bool:
        with suppress(OSError):
            return path.exists() and time.time() - record_of(path).lstat().st_mtime < _KEPT
        return False

    def _lock(self, key: str, size: int | None, progress: Progress) -> int:
        while True:
            try:
                with suppress(FileExistsError):
                    self.folder.mkdir(parents=True)
                if not self._is_folder(missing=True):
                    raise StoreError(
                        f"{self.folder} is not a folder, and temporary files go there", hint="remove it, and repeat"
                    )
                return lock_file(self.folder / key) if size is None else self._await(self.folder / key, size, progress)
            except FileNotFoundError:
                if not self._transient:
                    raise
                # Another process finished and removed the folder in between.

    def _await(self, path: Path, size: int, progress: Progress) -> int:
        """Wait for the lock in a way that can be stopped, and tell how far the one who has it is."""
        told = Steady(progress)
        while (descriptor := try_lock_file(path)) is None:
            told.begin()
            told(received_of(path, size))
            sleep(_LOOK)
        return descriptor

    def _is_folder(self, *, missing: bool = False) -> bool:
        """Whether the folder is one and no symbolic link: what that leads to is not ours to write or remove."""
        try:
            return stat.S_ISDIR(self.folder.lstat().st_mode)
        except FileNotFoundError:
            return missing

    def _tidy(self) -> None:
        if self._transient:
            with suppress(OSError):
                self.folder.rmdir()

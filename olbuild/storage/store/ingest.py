"""Files on their way in: each is written beside the store, and appears in it whole or not at all.

The temporary file is its own lock. Who wants to write the same thing waits for it, and finds it done; who dies frees
it, and the next one sweeps it away.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from olbuild.core.errors import StoreError
from olbuild.storage.store.failures import write_failure, writing
from olbuild.storage.store.locks import is_at, lock_file, try_lock_file
from olbuild.storage.store.pump import CHUNK
from olbuild.storage.store.reflink import clone

_WORTH_RESERVING = 1 << 20
# Beyond this size the page cache is bypassed: it made writing 2 GiB three times slower, and pushed out everything else.
_WORTH_DIRECT = 64 << 20
_O_DIRECT: int = getattr(os, "O_DIRECT", 0)  # Linux only

# The keys of `begin`: in the layout of somebody else nothing of another name is ours to remove.
_KEY = re.compile(r"[0-9a-f]{64}|(import|try-import|place|record)-[0-9a-f-]+|(index|format)\.json|oci-layout")

BLOB_MODE = 0o444
DOCUMENT_MODE = 0o644


class Temporary:
    """A file that is being written, locked by this process."""

    def __init__(self, path: Path, descriptor: int, where: Path, *, keep: bool = False) -> None:
        """Begin empty, whatever a dead process left, or go on behind it. ``where`` is what errors name."""
        self.path = path
        self.descriptor = descriptor
        self._where = where
        self._direct = False
        if keep:
            os.lseek(descriptor, 0, os.SEEK_END)
        else:
            os.ftruncate(descriptor, 0)

    def reserve(self, size: int) -> None:
        """Allocate ``size`` bytes, so that a full disk is known before the first one is written.

        Raises:
            ResourceError: if there is no space.
        """
        if size >= _WORTH_RESERVING and hasattr(os, "posix_fallocate"):
            try:
                os.posix_fallocate(self.descriptor, 0, size)
            except OSError as error:
                if error.errno not in {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}:
                    raise write_failure(error, self._where) from error
        self.expect(size)

    def expect(self, size: int) -> None:
        """Prepare for so many more bytes, without allocating them."""
        if size >= _WORTH_DIRECT:
            self._set_direct(wanted=True)

    def write(self, data: memoryview | bytes) -> None:
        """Append bytes.

        Raises:
            ResourceError: if there is no space.
            StoreError: if the file cannot be written.
        """
        view = memoryview(data)
        if self._direct and len(view) != CHUNK:
            self._set_direct(wanted=False)  # only whole blocks can bypass the page cache, and this is the last piece
        while view:
            try:
                written = os.write(self.descriptor, view)
            except OSError as error:
                if not (self._direct and error.errno == errno.EINVAL):
                    raise write_failure(error, self._where) from error
                self._set_direct(wanted=False)
                continue
            view = view[written:]
            if view:
                self._set_direct(wanted=False)  # the rest no longer begins at a block

    def clone_from(self, source: int) -> bool:
        """Share the content of an open file, if the file system can.

        Raises:
            ResourceError: if there is no space.
        """
        with writing(self._where):
            if not clone(source, self.path):
                return False
            if not is_at(self.descriptor, self.path):  # macOS made another file
                replaced = os.open(self.path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
                fcntl.flock(replaced, fcntl.LOCK_EX)
                os.close(self.descriptor)
                self.descriptor = replaced
            return True

    def publish(self, destination: Path, mode: int = BLOB_MODE) -> None:
        """Move the file to its place. It survives a power cut from then on.

        Raises:
            ResourceError: if there is no space.
            StoreError: if the place cannot be written.
        """
        with writing(self._where):
            os.fchmod(self.descriptor, mode)  # whatever the umask is
            _sync(self.descriptor)
            self.path.replace(destination)
            sync_folder(destination.parent)

    def close(self) -> None:
        """Remove the file unless it was published, then free its lock."""
        try:
            if is_at(self.descriptor, self.path):
                with suppress(OSError):
                    self.path.unlink()
        finally:
            os.close(self.descriptor)

    def _set_direct(self, *, wanted: bool) -> None:
        flags = fcntl.fcntl(self.descriptor, fcntl.F_GETFL)
        try:
            fcntl.fcntl(self.descriptor, fcntl.F_SETFL, flags | _O_DIRECT if wanted else flags & ~_O_DIRECT)
        except OSError:
            return  # this file system cannot bypass the page cache
        self._direct = wanted and bool(_O_DIRECT)


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

    @contextmanager
    def begin(self, key: str) -> Iterator[Temporary]:
        """Open the temporary file of a piece of work; wait while another one, here or elsewhere, does the same work.

        The block must look first whether the work is done already.

        Raises:
            StoreError: if the folder cannot be written.
        """
        if not self._swept:
            self._swept = True
            self.sweep()
        with writing(self._where):
            temporary = Temporary(self.folder / key, self._lock(key), self._where)
        try:
            yield temporary
        finally:
            temporary.close()
            self._tidy()

    def sweep(self) -> int:
        """Remove what dead processes left; return how many files that was."""
        removed = 0
        if not self._is_folder():
            return 0
        try:
            left = [path for path in self.folder.iterdir() if _KEY.fullmatch(path.name)]
        except OSError:
            return 0
        for path in left:
            with suppress(OSError):
                descriptor = try_lock_file(path)
                if descriptor is not None:
                    path.unlink(missing_ok=True)
                    os.close(descriptor)
                    removed += 1
        self._tidy()
        return removed

    def _lock(self, key: str) -> int:
        while True:
            try:
                with suppress(FileExistsError):
                    self.folder.mkdir(parents=True)
                if not self._is_folder(missing=True):
                    raise StoreError(
                        f"{self.folder} is not a folder, and temporary files go there", hint="remove it, and repeat"
                    )
                return lock_file(self.folder / key)
            except FileNotFoundError:
                if not self._transient:
                    raise
                # Another process finished and removed the folder in between.

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


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync(descriptor: int) -> None:
    full = getattr(fcntl, "F_FULLFSYNC", None)  # macOS: fsync alone leaves data in the disk's cache
    if full is not None:
        with suppress(OSError):
            fcntl.fcntl(descriptor, full)
            return
    os.fsync(descriptor)

"""A file that is being written beside the store, locked by its process; published whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from olbuild.storage.store.failures import write_failure, writing
from olbuild.storage.store.locks import is_at
from olbuild.storage.store.partfile import record_of
from olbuild.storage.store.pump import CHUNK
from olbuild.storage.store.reflink import clone

_WORTH_RESERVING = 1 << 20
# Beyond this size the page cache is bypassed: it made writing 2 GiB three times slower, and pushed out everything else.
_WORTH_DIRECT = 64 << 20
_O_DIRECT: int = getattr(os, "O_DIRECT", 0)  # Linux only

BLOB_MODE = 0o444
DOCUMENT_MODE = 0o644


class Temporary:
    """A file that is being written, locked by this process."""

    def __init__(self, path: Path, descriptor: int, where: Path, *, keep: bool = False) -> None:
        """Begin empty, whatever a dead process left, or go on behind it. ``where`` is what errors name."""
        self.path = path
        self.descriptor = descriptor
        self.where = where
        self.kept = False
        """Whether the file stays when it is closed without being published, for somebody who goes on."""
        self._direct = False
        if keep:
            os.lseek(descriptor, 0, os.SEEK_END)
        else:
            os.ftruncate(descriptor, 0)

    def reserve(self, size: int) -> None:
        """Allocate ``size`` bytes, so that a full disk is known before the first one is written; to be appended to.

        Raises:
            ResourceError: if there is no space.
        """
        self.allocate(size)
        self.expect(size)

    def expect(self, size: int) -> None:
        """Prepare for so many more bytes, without allocating them."""
        if size >= _WORTH_DIRECT:
            self._set_direct(wanted=True)

    def allocate(self, size: int) -> None:
        """Allocate ``size`` bytes, and what is there stays.

        Raises:
            ResourceError: if there is no space.
        """
        if size >= _WORTH_RESERVING and hasattr(os, "posix_fallocate"):
            try:
                os.posix_fallocate(self.descriptor, 0, size)
            except OSError as error:
                if error.errno not in {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}:
                    raise write_failure(error, self.where) from error

    def shorten(self, size: int) -> None:
        """Free what was allocated beyond ``size`` bytes."""
        with suppress(OSError):
            if os.fstat(self.descriptor).st_size > size:
                os.ftruncate(self.descriptor, size)

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
                    raise write_failure(error, self.where) from error
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
        with writing(self.where):
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
        with writing(self.where):
            os.fchmod(self.descriptor, mode)  # whatever the umask is
            _sync(self.descriptor)
            self.path.replace(destination)
            sync_folder(destination.parent)

    def close(self) -> None:
        """Remove the file unless it was published or is kept, then free its lock."""
        try:
            there = is_at(self.descriptor, self.path)
            if not (there and self.kept):
                with suppress(OSError):
                    record_of(self.path).unlink()
            if there and not self.kept:
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

"""Files that are locked with ``flock``: the system frees the lock when its process dies, however it dies."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from olbuild.core.errors import StoreError
from olbuild.storage.store.failures import write_failure, writing

_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


def lock_file(path: Path) -> int:
    """Open the file at ``path``, creating it, and wait until it is locked for this open file alone.

    The file whose descriptor is returned is the one that is at ``path`` then: whoever had the lock before may have
    renamed or removed it. Ctrl-C ends the waiting.

    Raises:
        OSError: if the file cannot be made.
        StoreError: if the file system has no locks.
    """
    while True:
        descriptor = _open_locked(path, fcntl.LOCK_EX)
        if descriptor is not None:
            return descriptor


def try_lock_file(path: Path, *, create: bool = True) -> int | None:
    """Do what ``lock_file`` does if nobody has the lock; else return ``None``.

    Raises:
        FileNotFoundError: if there is no file, and none shall be made.
    """
    return _open_locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB, create=create)


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Hold the lock of ``path`` together with others.

    In a store that cannot be written nothing changes, so a lock that cannot be made there is not needed.

    Raises:
        StoreError: if the lock cannot be made.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        if error.errno not in _READ_ONLY:
            raise write_failure(error, path.parent) from error
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            yield
            return
    try:
        _flock(descriptor, fcntl.LOCK_SH, path)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock of ``path`` alone.

    Raises:
        StoreError: if the lock cannot be made.
    """
    with writing(path.parent):
        descriptor = lock_file(path)
    try:
        yield
    finally:
        os.close(descriptor)


def is_at(descriptor: int, path: Path) -> bool:
    """Whether an open file is the one that ``path`` names."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _open_locked(path: Path, kind: int, *, create: bool = True) -> int | None:
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create else 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        if _flock(descriptor, kind, path) and is_at(descriptor, path):
            return descriptor
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _flock(descriptor: int, kind: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, kind)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in _NO_LOCKS:
            raise StoreError(
                f"the file system of {path.parent} has no file locks", hint="set OLBUILD_HOME to a local disk"
            ) from error
        raise
    return True

"""A lock beside a file that is read, changed and replaced: two who do it at once would lose one change."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NO_LOCKS = {errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Wait until nobody else changes a file. The lock file disappears at the end, and with its holder's death is free.

    On a file system without locks nothing is waited for.

    Raises:
        OSError: if the lock file cannot be made.
    """
    lock = path.with_name(f".{path.name}.olbuild-lock")
    descriptor = _locked(lock)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)  # before it is unlocked: whoever waits for it sees that it is gone
        os.close(descriptor)


@contextmanager
def alone_if_free(path: Path) -> Iterator[bool]:
    """Have a file for oneself if nobody else has it, and say so; nothing is waited for.

    Raises:
        OSError: if the lock file cannot be made.
    """
    lock = path.with_name(f".{path.name}.olbuild-lock")
    try:
        descriptor = _locked(lock, wait=False)
    except BlockingIOError:
        yield False
        return
    try:
        yield True
    finally:
        lock.unlink(missing_ok=True)
        os.close(descriptor)


def _locked(lock: Path, *, wait: bool = True) -> int:
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            _flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if os.path.samestat(os.fstat(descriptor), lock.lstat()):
                return descriptor
        except FileNotFoundError:
            pass  # removed by who had it before
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _flock(descriptor: int, how: int) -> None:
    try:
        fcntl.flock(descriptor, how)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise

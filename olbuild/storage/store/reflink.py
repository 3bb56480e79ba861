"""Clones: files that share their blocks until one of them is changed. FICLONE on Linux, clonefile on macOS."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import sys
from pathlib import Path

_FICLONE = 0x40049409  # _IOW(0x94, 9, int), linux/fs.h
_FICLONERANGE = 0x4020940D  # _IOW(0x94, 13, struct file_clone_range), linux/fs.h
_CLONE_NOOWNERCOPY = 0x0002  # sys/clonefile.h

# What the file system says when it cannot: see ioctl_ficlone(2) and clonefile(2).
_CANNOT = {errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EPERM, errno.EACCES}


def clone(source: int, destination: Path) -> bool:
    """Make the file at ``destination`` share the content of the open file ``source``.

    On Linux the file must be there and stays the same file; on macOS it is replaced by another one.
    Returns ``False`` if this file system cannot do it; the file is unchanged then.

    Raises:
        OSError: for every other failure, such as no space.
    """
    try:
        if sys.platform == "linux":
            _clone_linux(source, destination)
            return True
        if sys.platform == "darwin":
            _clone_macos(source, destination)
            return True
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
    return False


def clone_range(source: int, destination: int, offset: int) -> bool:
    """Make an open file share the content of another one from ``offset`` on, which is its end.

    Returns ``False`` if this file system cannot do it, or the offset is not at one of its blocks.

    Raises:
        OSError: for every other failure, such as no space.
    """
    if sys.platform != "linux":
        return False
    whole = struct.pack("=qQQQ", source, 0, 0, offset)  # struct file_clone_range; a length of 0 goes to the end
    try:
        fcntl.ioctl(destination, _FICLONERANGE, whole)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
        return False
    return True


def _clone_linux(source: int, destination: Path) -> None:
    target = os.open(destination, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.ioctl(target, _FICLONE, source)
    finally:
        os.close(target)


def _clone_macos(source: int, destination: Path) -> None:
    import ctypes  # noqa: PLC0415 - costs start-up time

    beside = destination.with_name(f"{destination.name}.clone")
    beside.unlink(missing_ok=True)
    libc = ctypes.CDLL(None, use_errno=True)
    at_fdcwd = -2  # fcntl.h of macOS
    if libc.fclonefileat(source, at_fdcwd, os.fsencode(beside), _CLONE_NOOWNERCOPY) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    beside.replace(destination)

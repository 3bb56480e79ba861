"""Failures of the file system, told in the kinds of the exception tree."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from olbuild.core.errors import IntegrityError, NotFoundError, OlbuildError, RefusedError, ResourceError, StoreError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}


def write_failure(error: OSError, where: Path | str) -> OlbuildError:
    """Turn an error of a write under ``where`` into a ``ResourceError`` (no space) or a ``StoreError``."""
    if error.errno in _FULL:
        return ResourceError(
            f"no space is left to write to {where}: {error.strerror}",
            hint="nothing half-written was kept; free some space ('olbuild prune' drops what no name needs) and repeat",
        )
    if error.errno in _REFUSED:
        return StoreError(
            f"{where} cannot be written: {error.strerror}",
            hint="reading still works; give yourself write permission, or set OLBUILD_HOME to another folder",
        )
    return StoreError(f"{where} cannot be written: {error.strerror or error}")


@contextmanager
def writing(where: Path | str) -> Iterator[None]:
    """Tell ``OSError`` inside the block as a failure to write under ``where``."""
    try:
        yield
    except OSError as error:
        raise write_failure(error, where) from error


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Tell ``OSError`` inside the block as a failure to read ``what``: missing, refused, or damaged."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFoundError(f"{what} is not there") from error
    except PermissionError as error:
        raise RefusedError(f"{what} cannot be read: {error.strerror}") from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotFoundError(f"{what} is a symbolic link that leads in a circle") from error
        raise IntegrityError(f"{what} cannot be read: {error.strerror or error}") from error

"""Small files of a folder that may be anybody's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from olbuild.core.errors import FormatError
from olbuild.storage.store.failures import reading


def read_document(path: Path, size: int, where: str) -> bytes:
    """Read at most ``size`` bytes of a file; ``where`` names it in messages.

    Raises:
        NotFoundError: if it is not there.
        FormatError: if it is no regular file.
    """
    with reading(where), open(path, "rb", opener=_open_at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise FormatError(f"{where} is not a file")
        return file.read(size)


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a named pipe would wait for its writer

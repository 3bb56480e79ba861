"""Space that is kept in reserve: on a full disk, removing a name must first write an index without it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from olbuild.core.records import Frozen

_LEAST = 32 << 10


class Ballast(Frozen):
    """A file that takes as much space as rewriting ``index`` needs; its content means nothing.

    Nothing depends on it being there: who is killed after dropping it leaves a store that makes it anew.
    """

    path: Path
    index: Path

    def keep(self) -> None:
        """Make the file if it is not there, or too small by now. Without space it is not made, and that is no error."""
        with suppress(OSError):
            needed = self.index.stat().st_size + _LEAST
            with suppress(FileNotFoundError):
                if self.path.lstat().st_size >= needed:
                    return
            self._write(2 * needed)  # so that an index that grows by a name does not cost this each time

    def drop(self) -> None:
        """Free the space."""
        with suppress(OSError):
            self.path.unlink()

    def _write(self, size: int) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            left = memoryview(os.urandom(size))  # a file system that compresses would keep nothing of zeros
            while left:
                left = left[os.write(descriptor, left) :]
        except OSError:
            self.drop()  # half of it may be what somebody else needs now
            raise
        finally:
            os.close(descriptor)

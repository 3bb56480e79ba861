"""A file of the user that is being imported: opened once, and watched for changes while it is read."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from olbuild.core.errors import IntegrityError, UsageError
from olbuild.core.names import Digest
from olbuild.storage.ports import Progress
from olbuild.storage.store.failures import reading
from olbuild.storage.store.identity import FileIdentity, settle
from olbuild.storage.store.pump import Consume, pump


class SourceFile(io.FileIO):
    """An unbuffered stream that is a ``Reader``, and knows what the file was when it was opened.

    ``identity`` is that state; ``settled`` says whether it can stand for the content that was read.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        """Take over an open file; ``path`` names it in errors."""
        super().__init__(descriptor, "rb")
        self.path = path
        self.identity, self.settled = settle(descriptor)

    def __enter__(self) -> Self:
        return self

    def hash(self, write: Consume | None, progress: Progress) -> Digest:
        """Read the file to its end, give every byte to ``write``, and return the digest.

        Raises:
            IntegrityError: if the file changes meanwhile.
        """
        found = hashlib.sha256()
        count = 0

        def take(chunk: memoryview) -> None:
            nonlocal count
            count += len(chunk)
            if count > self.identity.size:
                raise self._changed()  # a file that grows as fast as it is read would never end
            found.update(chunk)

        with reading(str(self.path)):
            pump(self, self.identity.size, take, write, progress)
        if count != self.identity.size:
            raise self._changed()
        self.settled = self.now() == self.identity and self.settled
        return Digest(found.hexdigest())

    def now(self) -> FileIdentity:
        """Return the identity of the file now.

        It may differ in ``ctime`` alone, which linking and unlinking the inode changes and writing never does alone.

        Raises:
            IntegrityError: if the content has changed since the file was opened.
        """
        now = FileIdentity.of(os.fstat(self.fileno()))
        if (now.size, now.mtime_ns) != (self.identity.size, self.identity.mtime_ns):
            raise self._changed()
        return now

    def is_at(self, path: Path) -> bool:
        """Whether a path names this very file."""
        return os.path.samestat(os.fstat(self.fileno()), path.lstat())

    def _changed(self) -> IntegrityError:
        return IntegrityError(
            f"{self.path} was changed while it was read", hint="repeat when nothing writes to it any more"
        )


@contextmanager
def open_source(path: Path) -> Iterator[SourceFile]:
    """Open a file to read it.

    Raises:
        NotFoundError: if it is not there.
        RefusedError: if it may not be read.
        UsageError: if it is no regular file.
    """
    with reading(str(path)):
        # Not blocking: opening a named pipe would wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UsageError(f"{path} is not a regular file")
    with SourceFile(descriptor, path) as file:
        yield file

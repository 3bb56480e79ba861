"""An archive as a file that is being written: it appears whole, in the place of what was there, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from olbuild.core.content import Content, Descriptor, FileContent, RegionContent
from olbuild.core.errors import StoreError
from olbuild.storage.archive.write import ArchiveWriter
from olbuild.storage.store.failures import writing
from olbuild.storage.store.ingest import DOCUMENT_MODE, Temporary
from olbuild.storage.store.locks import lock_file

_OPEN_FILES = (Path("/dev"), Path("/dev/fd"))


class ArchiveFile(ArchiveWriter):
    """A target that goes to a file; use ``ArchiveFile.create``."""

    def __init__(self, temporary: Temporary, label: str) -> None:
        """Begin in a temporary file."""
        super().__init__(temporary.write, label)
        self._temporary = temporary

    @classmethod
    @contextmanager
    def create(cls, path: Path) -> Iterator[ArchiveFile]:
        """Write an archive; it replaces the file at ``path`` when the block ends well.

        Raises:
            StoreError: if it cannot be written, or something else than a file is there.
            ResourceError: if there is no space.
        """
        with replacing(path) as temporary:
            archive = cls(temporary, f"oci-archive:{path}")
            yield archive
            archive.finish()

    def fetch(self, descriptor: Descriptor) -> Content:
        """Return a handle to content that was written.

        Raises:
            NotFoundError: if it was not.
        """
        begin = self.place(descriptor)
        whole = FileContent(self._temporary.path, begin + descriptor.size)
        return RegionContent(whole, begin, descriptor.size)

    def _undo(self, position: int) -> None:
        descriptor = self._temporary.descriptor
        with writing(self.label):
            os.ftruncate(descriptor, position)
            os.lseek(descriptor, position, os.SEEK_SET)
        self._position = position


def is_stream(path: Path) -> bool:
    """Whether a path is that of a pipe, a device or the like, or stands for an open file (``/dev/stdout``).

    Such a path must be written to and never replaced, whatever it leads to.
    """
    folder = path.absolute().parent
    return (path.exists() and not path.is_file()) or folder in _OPEN_FILES or folder.is_relative_to("/proc")


@contextmanager
def replacing(path: Path) -> Iterator[Temporary]:
    """Write a hidden file beside ``path``, which takes its place when the block ends well.

    Who writes the same file at the same time waits. What a killed process left is used again. Of a symbolic link, what
    it leads to is replaced.

    Raises:
        StoreError: if it cannot be written, or something else than a file is at ``path``.
        ResourceError: if there is no space.
    """
    if is_stream(path):
        raise StoreError(f"{path} is no file, and an archive is one", hint="name another file")
    path = Path(os.path.realpath(path))
    if not path.absolute().parent.is_dir():
        raise StoreError(f"there is no folder for {path}")
    beside = path.with_name(f".{path.name}.olbuild")
    with writing(path):
        temporary = Temporary(beside, lock_file(beside), path)
    try:
        yield temporary
        temporary.publish(path, DOCUMENT_MODE)
    finally:
        temporary.close()

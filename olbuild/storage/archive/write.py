"""An archive that is being written, as a target: content is appended as it comes, the index of names stands last.

The bytes follow from what is copied, in which order and under which names, and from nothing else.
"""

from __future__ import annotations

from typing import Literal

from olbuild.core.content import (
    TAR_END,
    Content,
    Descriptor,
    Verifier,
    WriteBytes,
    canonical_json,
    tar_file,
    tar_folder,
    tar_padding,
)
from olbuild.core.errors import NotFoundError, StoreError
from olbuild.core.names import Digest
from olbuild.storage.ports import Progress, no_progress
from olbuild.storage.store import index
from olbuild.storage.store.failures import reading
from olbuild.storage.store.pump import pump

BLOBS = "blobs/sha256"
MARK, INDEX = "oci-layout", "index.json"
VERSION = "1.0.0"


class ArchiveWriter:
    """A target that goes to a stream.

    What was written cannot be read back, and a failure in the middle of content ends it.

    Args:
        write: takes the bytes of the archive.
        label: what messages call it.
    """

    in_order: Literal[True] = True

    def __init__(self, write: WriteBytes, label: str) -> None:
        """Begin; nothing is written yet."""
        self.label = label
        self._write = write
        self._position = 0
        self._blobs: dict[Digest, tuple[int, Descriptor]] = {}
        self._index = index.empty()
        self._broken = False

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the content was written, by digest and size."""
        found = self._blobs.get(descriptor.digest)
        return found is not None and found[1].size == descriptor.size

    def fetch(self, descriptor: Descriptor) -> Content:
        """Refuse: a stream cannot be read back.

        Raises:
            NotFoundError: if the content was not written.
            StoreError: otherwise.
        """
        if not self.exists(descriptor):
            raise NotFoundError(f"{self.label} has no content {descriptor.digest}")
        raise StoreError(f"{self.label} is being written as a stream and cannot be read back")

    def push(self, descriptor: Descriptor, content: Content, progress: Progress = no_progress) -> None:
        """Append content, hashing it on the way.

        Raises:
            IntegrityError: if the bytes do not match.
            StoreError: if an earlier failure ended the archive, or it cannot be written.
        """
        if self.exists(descriptor):
            return
        if self._broken:
            raise StoreError(f"{self.label} ended in the middle of something that failed", hint="begin it again")
        begin = self._position
        try:
            self._begin_blobs()
            self._append(tar_file(f"{BLOBS}/{descriptor.digest.hex}", descriptor.size))
            start = self._position
            verifier = Verifier(descriptor, self.label)
            with reading(f"the content of {descriptor.digest}"), content.open() as reader:
                pump(reader, descriptor.size, verifier.update, self._append, progress)
            verifier.finish()
            self._append(tar_padding(descriptor.size))
        except BaseException:
            self._undo(begin)
            raise
        self._blobs[descriptor.digest] = (start, descriptor)

    def resolve(self, name: str) -> Descriptor:
        """Return the descriptor behind a name, or behind the ``sha256:…`` of a manifest that was written.

        Raises:
            NotFoundError: if there is no such name.
        """
        found = index.find(self._index, name, self.label)
        if found is None and name.startswith("sha256:"):
            _, found = self._blobs.get(Digest.parse(name), (0, None))
        if found is None:
            raise NotFoundError(f"{self.label} has no artifact {name!r}")
        return found

    def tag(self, descriptor: Descriptor, name: str) -> None:
        """Let a name stand for a manifest that was written; it appears with the end of the archive.

        Raises:
            NotFoundError: if the manifest was not written.
            UsageError: if the text cannot be a name.
        """
        self._require(descriptor)
        self._index = index.with_name(self._index, descriptor, name)

    def attach(self, descriptor: Descriptor) -> None:
        """List a manifest without a name, as is done with what refers to another one.

        Raises:
            NotFoundError: if the manifest was not written.
        """
        self._require(descriptor)
        self._index = index.with_unnamed(self._index, descriptor)

    def finish(self) -> None:
        """Write the index, the mark of a layout, and the end.

        Raises:
            StoreError: if it cannot be written, or an earlier failure ended it.
        """
        if self._broken:
            raise StoreError(f"{self.label} ended in the middle of something that failed", hint="begin it again")
        self._begin_blobs()
        for path, data in (
            (INDEX, index.encode(self._index, self.label)),
            (MARK, canonical_json({"imageLayoutVersion": VERSION})),
        ):
            self._append(tar_file(path, len(data)) + data + tar_padding(len(data)))
        self._append(TAR_END)

    def place(self, descriptor: Descriptor) -> int:
        """Return where in the archive the bytes of a descriptor begin.

        Raises:
            NotFoundError: if the content was not written.
        """
        self._require(descriptor)
        return self._blobs[descriptor.digest][0]

    def _require(self, descriptor: Descriptor) -> None:
        if not self.exists(descriptor):
            raise NotFoundError(f"{self.label} has no content {descriptor.digest}")

    def _begin_blobs(self) -> None:
        if not self._position:
            self._append(tar_folder("blobs") + tar_folder(BLOBS))

    def _append(self, data: memoryview | bytes) -> None:
        self._write(data)
        self._position += len(data)

    def _undo(self, position: int) -> None:
        """Take back what was written since; a stream cannot."""
        self._broken = position != self._position

"""An archive that arrives as a stream: read once, each blob verified on its way into a target, names last."""

from __future__ import annotations

from collections.abc import Callable

from olbuild.core.content import Descriptor, Reader
from olbuild.core.errors import StoreError
from olbuild.core.events import Advanced, Emit, Finished, Started, ignore
from olbuild.core.records import Frozen
from olbuild.storage.archive.contents import Contents
from olbuild.storage.archive.entries import Entry, entries
from olbuild.storage.archive.stream import Bytes, unpacked
from olbuild.storage.archive.write import INDEX
from olbuild.storage.ports import Target
from olbuild.storage.store import index

_BLOB = "application/octet-stream"

Entries = tuple[tuple[str | None, Descriptor], ...]
"""Entries of an index, each with its name if it has one, in the index's order."""


def receive(
    reader: Reader,
    target: Target,
    where: str,
    *,
    protect: Callable[[Descriptor], None],
    emit: Emit = ignore,
) -> Entries:
    """Store all blobs of an archive. Nothing is named, and whether the graphs are whole is for the caller to see.

    Args:
        reader: the archive: a tar file, as it is or packed with gzip or zstd.
        target: where blobs go.
        where: what messages call the archive.
        protect: told of each blob before it is stored.
        emit: told about every blob.

    Raises:
        FormatError: if it is no OCI archive, malformed, or cut off.
        IntegrityError: if the bytes of a blob do not match its digest.
        ResourceError: if there is no space.
    """
    contents = Contents(where)
    for entry in entries(unpacked(Bytes(reader, where))):
        digest = contents.take(entry)
        if digest is not None:
            descriptor = Descriptor(media_type=_BLOB, digest=digest, size=entry.size)
            protect(descriptor)
            _store(entry, descriptor, target, emit)
    return tuple(index.descriptors(contents.document(), f"{where}: {INDEX}"))


def _store(entry: Entry, descriptor: Descriptor, target: Target, emit: Emit) -> None:
    name = str(descriptor.digest)
    emit(Started(id=name, label=descriptor.digest.short, total=descriptor.size))
    if target.exists(descriptor):
        emit(Finished(id=name, outcome="exists"))
        return
    try:
        target.push(descriptor, _Arriving(entry), lambda amount: emit(Advanced(id=name, amount=amount)))
    except BaseException:
        emit(Finished(id=name, outcome="failed"))
        raise
    emit(Finished(id=name))


class _Arriving(Frozen):
    """Content that passes once."""

    entry: Entry

    @property
    def size(self) -> int:
        return self.entry.size

    def open(self, offset: int = 0, size: int | None = None) -> Reader:
        if offset or size is not None or self.entry.stream.position != self.entry.begin:
            raise StoreError(f"{self.entry.stream.where} passes once, and was to be read again")
        return self.entry

    def read_at(self, offset: int, size: int) -> bytes:
        raise StoreError(f"{self.entry.stream.where} passes once, and {size} bytes at {offset} were asked for")

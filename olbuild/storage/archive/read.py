"""An archive on disk as a source: a tar file is read in place, a packed one is unpacked as far as is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

from olbuild.core.content import (
    MANIFEST_LIMIT,
    BytesContent,
    Content,
    Descriptor,
    FileContent,
    RegionContent,
)
from olbuild.core.errors import NotFoundError
from olbuild.core.names import Digest
from olbuild.core.records import Frozen
from olbuild.storage.archive.contents import Contents
from olbuild.storage.archive.entries import entries
from olbuild.storage.archive.packed import Cursors, Packed, opened
from olbuild.storage.archive.stream import Bytes
from olbuild.storage.archive.write import INDEX
from olbuild.storage.store import index
from olbuild.storage.store.blobs import recognise
from olbuild.storage.store.referrers import refers_to

_MOST_HELD = 64 << 20  # manifests and texts of a packed archive, so that it is unpacked once for all of them
_WORTH_HOLDING = 1 << 20


class _Found(Frozen):
    """What an archive holds: its index, and where each blob is."""

    document: index.Document
    places: dict[Digest, tuple[int, int]]
    held: dict[Digest, bytes]
    packed: bool


class ArchiveSource:
    """An archive that is there. Its entries are listed at the first question; the file must not change meanwhile."""

    in_order: Literal[True] = True

    def __init__(self, path: Path) -> None:
        """Remember the file; nothing is read yet."""
        self.path = path
        self.label = f"oci-archive:{path}"
        self._found: _Found | None = None
        self._cursors = Cursors(path, self.label)

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the archive has the content, by digest and size."""
        place = self._listed().places.get(descriptor.digest)
        return place is not None and place[1] == descriptor.size

    def fetch(self, descriptor: Descriptor) -> Content:
        """Return a handle to the bytes of a descriptor.

        Raises:
            NotFoundError: if the archive does not have it.
            FormatError: if it is malformed.
        """
        found = self._listed()
        if descriptor.digest not in found.places:
            raise NotFoundError(f"{self.label} has no content {descriptor.digest}")
        if descriptor.digest in found.held:
            return BytesContent(found.held[descriptor.digest])
        begin, size = found.places[descriptor.digest]
        if found.packed:
            return Packed(self._cursors, begin, size)
        return RegionContent(FileContent(self.path, begin + size), begin, size)

    def resolve(self, name: str) -> Descriptor:
        """Return the descriptor behind a name, or behind the ``sha256:…`` of a manifest.

        Raises:
            NotFoundError: if there is no such name.
            FormatError: if the archive is malformed.
        """
        found = index.find(self._listed().document, name, self._index_name)
        if found is None and name.startswith("sha256:"):
            digest = Digest.parse(name)
            entries = (entry for _, entry in self.entries() if entry.digest == digest)
            manifests = (root for root, _ in self._manifests() if root.digest == digest)
            found = next(entries, None) or next(manifests, None)
        if found is None:
            raise NotFoundError(f"{self.label} has no artifact {name!r}", hint=self._names_hint())
        return found

    def names(self) -> dict[str, Descriptor]:
        """Return all names, in their order, with what they stand for.

        Raises:
            NotFoundError: if there is no such file.
            FormatError: if it is malformed.
        """
        return dict(sorted((name, entry) for name, entry in reversed(self.entries()) if name))

    def only_name(self) -> str:
        """Return the name of the only artifact, or its digest if it has none, for when no name is given.

        Raises:
            NotFoundError: if there is no artifact, or more than one.
        """
        return index.only_name(self._listed().document, self._index_name, self.label)

    def entries(self) -> tuple[tuple[str | None, Descriptor], ...]:
        """Return all entries of the index with their names, in the index's order.

        Raises:
            NotFoundError: if there is no such file.
            FormatError: if it is malformed.
        """
        return tuple(index.descriptors(self._listed().document, self._index_name))

    def referrers(self, subject: Descriptor, artifact_type: str | None = None) -> tuple[Descriptor, ...]:
        """Return the manifests whose ``subject`` is this one, if wanted of one type only."""
        return refers_to(subject, artifact_type, self._manifests())

    def _manifests(self) -> Iterator[tuple[Descriptor, index.Document]]:
        for digest, (_, size) in self._listed().places.items():
            if size > MANIFEST_LIMIT:
                continue
            probe = Descriptor(media_type="application/octet-stream", digest=digest, size=size)
            data = self.fetch(probe).read_at(0, size)
            recognised = recognise(data)
            if recognised is not None and Digest.of(data) == digest:
                yield Descriptor(media_type=recognised[0], digest=digest, size=size), recognised[1]

    def _names_hint(self) -> str:
        known = ", ".join(list(self.names())[:5])
        return f"it has {known}" if known else "it has no names"

    @property
    def _index_name(self) -> str:
        return f"{self.label}: {INDEX}"

    def _listed(self) -> _Found:
        if self._found is None:
            cursor = opened(self.path, self.label)
            with closing(cursor):
                self._found = _list(cursor.stream, self.label, packed=cursor.packed)
        return self._found


def _list(stream: Bytes, where: str, *, packed: bool) -> _Found:
    contents = Contents(where)
    places: dict[Digest, tuple[int, int]] = {}
    held: dict[Digest, bytes] = {}
    room = _MOST_HELD
    for entry in entries(stream):
        digest = contents.take(entry)
        if digest is None:
            continue
        places[digest] = (entry.begin, entry.size)
        if packed and entry.size <= min(_WORTH_HOLDING, room):
            held[digest] = entry.read(_WORTH_HOLDING)
            room -= entry.size
    return _Found(contents.document(), places, held, packed)

"""What the manifests of a store say of each other, read once: content never changes, so what was read stays true."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

from msgspec import field

from olbuild.core.content import MANIFEST_LIMIT, Descriptor
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError, OlbuildError
from olbuild.core.names import INDEXES, Digest
from olbuild.core.records import Frozen, Mutable
from olbuild.storage.store.blobs import Blobs

_LONGEST_ANNOTATIONS = 64 << 10


class Document(Frozen, kw_only=True):
    """A manifest or an index: how it is described to who asks for referrers, and what it points to."""

    descriptor: Descriptor
    children: frozenset[Digest]
    """the manifests of an index"""
    subject: Digest | None


class Documents(Mutable):
    """The manifests of a store by their digests. Threads may share it."""

    blobs: Blobs
    _read: dict[Digest, Document | None] = field(default_factory=dict)
    _guard: Lock = field(default_factory=Lock)

    def find(self, digest: Digest) -> Document | None:
        """Return a manifest; ``None`` if it is not stored, or is none."""
        if self._size(digest) is None:
            return None
        with self._guard:
            if digest in self._read:
                return self._read[digest]
        found = self._examine(digest)
        with self._guard:
            self._read[digest] = found
        return found

    def subjects(self) -> dict[Digest, tuple[Document, ...]]:
        """Return all referrers by their subject. Only what was not there the last time is read."""
        with self._guard:
            stored = set(self.blobs)
            for digest in self._read.keys() - stored:
                del self._read[digest]
            for digest in stored - self._read.keys():
                self._read[digest] = self._examine(digest)
            found: dict[Digest, list[Document]] = {}
            for digest in sorted(stored):
                document = self._read.get(digest)
                if document is not None and document.subject is not None:
                    found.setdefault(document.subject, []).append(document)
            return {subject: tuple(documents) for subject, documents in found.items()}

    def _size(self, digest: Digest) -> int | None:
        try:
            return self.blobs.size(digest)
        except FormatError:
            return None

    def _examine(self, digest: Digest) -> Document | None:
        size = self._size(digest)
        if size is None or size > MANIFEST_LIMIT:
            return None
        try:
            described = self.blobs.describe(digest)
            if described is None or not self.blobs.has(described[0]):
                return None  # no manifest, or a damaged one
            return _document(*described)
        except OlbuildError:
            return None


def _document(descriptor: Descriptor, document: dict[str, Json]) -> Document:
    children = frozenset(_digests(document.get("manifests"))) if descriptor.media_type in INDEXES else frozenset()
    stated = Descriptor(
        media_type=descriptor.media_type,
        digest=descriptor.digest,
        size=descriptor.size,
        artifact_type=_artifact_type(document),
        annotations=_annotations(document),
    )
    return Document(descriptor=stated, children=children, subject=next(_digests([document.get("subject")]), None))


def _artifact_type(document: dict[str, Json]) -> str | None:
    """Return the type of an artifact, else that of its configuration (distribution-spec, "Listing Referrers")."""
    stated = document.get("artifactType")
    if isinstance(stated, str) and stated:
        return stated
    config = document.get("config")
    kind = config.get("mediaType") if isinstance(config, dict) else None
    return kind if isinstance(kind, str) else None


def _annotations(document: dict[str, Json]) -> dict[str, str]:
    """Return what a list of referrers shows; not what is there to fill the memory of who keeps it."""
    noted = document.get("annotations")
    if document.get("subject") is None or len(str(noted)) > _LONGEST_ANNOTATIONS:
        return {}
    return {key: value for key, value in noted.items() if isinstance(value, str)} if isinstance(noted, dict) else {}


def _digests(listed: Json) -> Iterator[Digest]:
    for entry in listed if isinstance(listed, list) else ():
        digest = entry.get("digest") if isinstance(entry, dict) else None
        if isinstance(digest, str):
            try:
                yield Digest.parse(digest)
            except FormatError:
                continue

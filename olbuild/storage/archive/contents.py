"""What the entries of an archive are: an image layout, checked as it comes (OCI image-spec, ``image-layout.md``)."""

from __future__ import annotations

from olbuild.core.content import decode_json
from olbuild.core.errors import FormatError
from olbuild.core.names import Digest
from olbuild.storage.archive.entries import Entry
from olbuild.storage.archive.write import BLOBS, INDEX, MARK, VERSION
from olbuild.storage.store import index

_LARGEST_MARK = 4096


def _check_mark(data: bytes, where: str) -> None:
    """Check the file ``oci-layout`` of an archive.

    Raises:
        FormatError: if it is of another version.
    """
    document = decode_json(data, where)
    version = document.get("imageLayoutVersion") if isinstance(document, dict) else None
    if version != VERSION:
        raise FormatError(f"{where}: imageLayoutVersion is {version!r:.100} and must be {VERSION!r}")


class Contents:
    """What the entries of an archive are, as they come; ``where`` names it in messages."""

    def __init__(self, where: str) -> None:
        """Begin."""
        self.where = where
        self.blobs: set[Digest] = set()
        self._document: index.Document | None = None
        self._marked = False

    def take(self, entry: Entry) -> Digest | None:
        """Take an entry; return the digest that it should have if it is a blob.

        Raises:
            FormatError: if it stands twice, or is not what its name says.
        """
        folder, _, name = entry.path.rpartition("/")
        if folder == BLOBS:
            digest = Digest(name)
            if digest in self.blobs:
                raise FormatError(f"{self.where}: {entry.path} stands twice")
            self.blobs.add(digest)
            return digest
        if entry.path == MARK:
            _check_mark(entry.read(_LARGEST_MARK), f"{self.where}: {MARK}")
            self._marked = True
        elif entry.path == INDEX:
            if self._document is not None:
                raise FormatError(f"{self.where}: {INDEX} stands twice")
            self._document = index.parse(entry.read(index.LARGEST), f"{self.where}: {INDEX}")
        return None

    def document(self) -> index.Document:
        """Return the index, when all entries have come.

        Raises:
            FormatError: if it was not there: the archive is no image layout, or cut off.
        """
        if self._document is None or not self._marked:
            lacking = INDEX if self._document is None else MARK
            hint = "it may be cut off, or of the old kind of docker save; docker 25 and later write image layouts"
            raise FormatError(f"{self.where} is no OCI archive: it has no {lacking}", hint=hint)
        return self._document

"""An OCI image layout on disk as a target (OCI image-spec, ``image-layout.md``)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from olbuild.core.content import Content, Descriptor, decode_json
from olbuild.core.content.canonical import canonical_json
from olbuild.core.errors import FormatError, NotFoundError, StoreError
from olbuild.core.names import Digest
from olbuild.storage.ports import Progress, no_progress
from olbuild.storage.store import index
from olbuild.storage.store.blobs import Blobs
from olbuild.storage.store.documents import read_document
from olbuild.storage.store.failures import reading
from olbuild.storage.store.ingest import DOCUMENT_MODE, Ingest
from olbuild.storage.store.links import Links
from olbuild.storage.store.referrers import refers_to

_VERSION = "1.0.0"
_LARGEST_MARK = 4096
_INGEST = ".olbuild-ingest"


class Layout:
    """A folder with ``oci-layout``, ``index.json`` and ``blobs/``. Names are the ``ref.name`` annotations of the index.

    The folder may be anybody's: what others wrote stays, and what they wrote badly is an error. It is made by the
    first push; while something is written, there is a hidden folder for temporary files in it.

    Args:
        path: the folder.
        label: what messages call it.
        ingest: where temporary files go; the store has them outside.
        links: which blobs are hard links to files of the user; only the store has some.
    """

    def __init__(
        self, path: Path, *, label: str | None = None, ingest: Ingest | None = None, links: Links | None = None
    ) -> None:
        """Remember the folder; nothing is read or written yet."""
        self.path = path
        self.label = label or f"oci:{path}"
        self._ingest = ingest or Ingest(path / _INGEST, path, transient=True)
        self.blobs = Blobs(path, self._ingest, self.label, links)
        self._checked = False

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the content is there, by digest and size. What is small is read: a damaged blob counts as absent."""
        return self.blobs.has(descriptor)

    def fetch(self, descriptor: Descriptor) -> Content:
        """Return a handle to the bytes of a descriptor: a ``FileContent`` with the path of the blob.

        Raises:
            NotFoundError: if the content is not there.
        """
        self._check()
        return self.blobs.fetch(descriptor.digest)

    def push(self, descriptor: Descriptor, content: Content, progress: Progress = no_progress) -> None:
        """Store content if it matches its descriptor; a file is reflinked where the file system can.

        Raises:
            IntegrityError: if the bytes do not match; nothing is stored then.
            ResourceError: if there is no space.
            StoreError: if the folder cannot be written, or holds something else.
        """
        self.create()
        if not self.exists(descriptor):
            self.blobs.put(descriptor, content, progress)

    def resolve(self, name: str) -> Descriptor:
        """Return the descriptor behind a name, or behind the ``sha256:…`` of a manifest that is stored.

        Raises:
            NotFoundError: if there is no such name.
            FormatError: if the layout is malformed.
        """
        found = index.find(self.read_index(), name, self._index_name)
        if found is None and (digest := _as_digest(name)) is not None:
            found = self._by_digest(digest)
        if found is None:
            raise self._unknown(name)
        return found

    def named(self, name: str) -> Descriptor:
        """Return the descriptor behind a name; a digest is none.

        Raises:
            NotFoundError: if there is no such name.
            FormatError: if the layout is malformed.
        """
        found = index.find(self.read_index(), name, self._index_name)
        if found is None:
            raise self._unknown(name)
        return found

    def only_name(self) -> str:
        """Return the name of the only artifact, or its digest if it has none, for when no name is given.

        Raises:
            NotFoundError: if there is no artifact, or more than one.
        """
        return index.only_name(self.read_index(), self._index_name, self.label)

    def names(self) -> dict[str, Descriptor]:
        """Return all names, in their order, with what they stand for.

        Raises:
            FormatError: if the layout is malformed.
        """
        named: dict[str, Descriptor] = {}
        for name, entry in self.entries():
            if name:
                named.setdefault(name, entry)
        return dict(sorted(named.items()))

    def entries(self) -> tuple[tuple[str | None, Descriptor], ...]:
        """Return all entries of the index with their names, in the index's order.

        Raises:
            FormatError: if the layout is malformed.
        """
        return tuple(index.descriptors(self.read_index(), self._index_name))

    def tag(self, descriptor: Descriptor, name: str) -> None:
        """Let a name stand for content that is stored; entries of others stay.

        Raises:
            NotFoundError: if the content is not stored.
            UsageError: if the text cannot be a name.
        """
        self._check()
        if not self.exists(descriptor):
            raise NotFoundError(f"{self.label} has no content {descriptor.digest}")
        self._edit(lambda document: index.with_name(document, descriptor, name))

    def untag(self, name: str) -> None:
        """Take a name away; the content stays.

        Raises:
            NotFoundError: if there is no such name.
        """

        def edit(document: index.Document) -> index.Document:
            if index.find(document, name, self._index_name) is None:
                raise self._unknown(name)
            return index.without_name(document, name)

        self._check()
        self._edit(edit)

    def attach(self, descriptor: Descriptor) -> None:
        """List a manifest that is stored without a name, as is done with what refers to another one.

        Raises:
            NotFoundError: if it is not stored.
        """
        self._check()
        if not self.exists(descriptor):
            raise NotFoundError(f"{self.label} has no content {descriptor.digest}")
        self._edit(lambda document: index.with_unnamed(document, descriptor))

    def delete(self, name: str) -> None:
        """Take a name away, or by ``sha256:…`` all entries of a manifest; the content stays.

        Raises:
            NotFoundError: if there is no such name or entry.
        """
        digest = _as_digest(name)
        if digest is None:
            self.untag(name)
            return

        def edit(document: index.Document) -> index.Document:
            after = index.without_digest(document, digest)
            if after == document:
                raise self._unknown(name)
            return after

        self._check()
        self._edit(edit)

    def referrers(self, subject: Descriptor, artifact_type: str | None = None) -> tuple[Descriptor, ...]:
        """Return the manifests whose ``subject`` is this one, if wanted of one type only. All small blobs are read."""
        self._check()
        described = (self.blobs.describe(digest) for digest in self.blobs.sizes())
        found = refers_to(subject, artifact_type, (each for each in described if each is not None))
        return tuple(each for each in found if self.blobs.has(each))

    def create(self) -> None:
        """Make the layout if it is not there. Safe at any time, from any number of processes.

        Raises:
            StoreError: if the folder cannot be written, or holds something else.
            FormatError: if it is a layout of another version.
        """
        if self._checked:
            return
        if not (self.path / "oci-layout").is_file():
            self._refuse_foreign()
            mark = canonical_json({"imageLayoutVersion": _VERSION})
            self.blobs.make_folder()
            self._write_once("oci-layout", mark)
        if not (self.path / "index.json").is_file():
            self._write_once("index.json", index.encode(index.empty(), self._index_name))
        self._check()

    def read_index(self) -> index.Document:
        """Read ``index.json``.

        Raises:
            NotFoundError: if the layout is not there.
            FormatError: if it is malformed.
        """
        self._check()
        data = read_document(self.path / "index.json", index.LARGEST + 1, self._index_name)
        return index.parse(data, self._index_name)

    @property
    def _index_name(self) -> str:
        return f"{self.label}: index.json"

    def _edit(self, change: Callable[[index.Document], index.Document]) -> None:
        """Replace ``index.json``. The temporary file is the lock, so no two changes cross."""
        with self._ingest.begin("index.json") as temporary:
            before = self.read_index()
            after = change(before)
            if after == before:
                return
            temporary.write(index.encode(after, self._index_name))
            temporary.publish(self.path / "index.json", DOCUMENT_MODE)

    def _write_once(self, name: str, data: bytes) -> None:
        with self._ingest.begin(name) as temporary:
            if not (self.path / name).exists():
                temporary.write(data)
                temporary.publish(self.path / name, DOCUMENT_MODE)

    def _check(self) -> None:
        """Look once whether this is a layout."""
        if self._checked:
            return
        if not self.path.is_dir():
            raise NotFoundError(f"{self.label}: there is no folder {self.path}")
        where = f"{self.label}: oci-layout"
        try:
            data = read_document(self.path / "oci-layout", _LARGEST_MARK + 1, where)
        except NotFoundError:
            raise FormatError(f"{self.path} is not an OCI image layout: it has no file oci-layout") from None
        document = decode_json(data, where)
        version = document.get("imageLayoutVersion") if isinstance(document, dict) else None
        if version != _VERSION:
            raise FormatError(f"{where}: imageLayoutVersion is {version!r:.100} and must be {_VERSION!r}")
        self._checked = True

    def _refuse_foreign(self) -> None:
        with reading(str(self.path)):
            try:
                found = [entry.name for entry in self.path.iterdir()]
            except FileNotFoundError:
                return
            except NotADirectoryError:
                raise StoreError(f"{self.path} is a file, and an image layout is a folder") from None
        unfinished = set(found) <= {"blobs", _INGEST}  # by a process that died, or is making the layout just now
        if not unfinished and not (self.path / "oci-layout").is_file():
            raise StoreError(
                f"{self.path} holds other files and is not an OCI image layout", hint="name an empty or a new folder"
            )

    def _by_digest(self, digest: Digest) -> Descriptor | None:
        for _, entry in self.entries():
            if entry.digest == digest:
                return entry
        described = self.blobs.describe(digest)
        return described[0] if described else None

    def _unknown(self, name: str) -> NotFoundError:
        return NotFoundError(f"{self.label} has no artifact {name!r}", hint=self._names_hint(name))

    def _names_hint(self, name: str) -> str | None:
        from difflib import get_close_matches  # noqa: PLC0415 - costs start-up time, and only an error needs it

        known = list(self.names())
        close = get_close_matches(name, known, n=3) or known[:5]
        return f"it has {', '.join(close)}" if close else "it is empty"


def _as_digest(name: str) -> Digest | None:
    try:
        return Digest.parse(name)
    except FormatError:
        return None

"""The folder ``blobs/sha256`` of an image layout (OCI image-spec, ``image-layout.md``, "Blobs")."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from olbuild.core.content import Content, Descriptor, FileContent, Verifier, as_parallel, decode_json
from olbuild.core.content.canonical import Json
from olbuild.core.content.verify import MANIFEST_LIMIT
from olbuild.core.errors import FormatError, IntegrityError, NotFoundError, StoreError
from olbuild.core.names import GRAPH_NODES, Digest, MediaType
from olbuild.storage.ports import Progress, Steady, no_progress
from olbuild.storage.store.cloning import clone_content
from olbuild.storage.store.failures import reading, writing
from olbuild.storage.store.fetching import WORTH_PARTS, fetch_into
from olbuild.storage.store.ingest import Ingest, Temporary
from olbuild.storage.store.links import Links
from olbuild.storage.store.pump import pump

_HEX = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """Blobs by their digest. ``label`` names the store in messages."""

    def __init__(self, layout: Path, ingest: Ingest, label: str, links: Links | None = None) -> None:
        """Remember the place; nothing is read yet. ``links`` knows which blobs are hard links to files of the user."""
        self.layout = layout
        self.folder = layout / "blobs" / "sha256"
        self._ingest = ingest
        self._label = label
        self._links = links
        self._folder_checked = False

    def path(self, digest: Digest) -> Path:
        """Return where a blob is or would be."""
        return self.folder / digest.hex

    def size(self, digest: Digest) -> int | None:
        """Return the size of a blob in bytes, ``None`` if it is not there.

        Raises:
            FormatError: if what is there is no file of this layout: a folder, a device, a link that leads outside.
        """
        found = self._find(digest)
        return None if found is None else found.size

    def has(self, descriptor: Descriptor) -> bool:
        """Whether a blob of that size is there, and not a hard link to a file that was changed.

        A small one (a manifest, a configuration, a text) is read: a damaged one counts as absent, and is written anew.
        """
        if self.size(descriptor.digest) != descriptor.size or not self.intact(descriptor.digest):
            return False
        if descriptor.size > MANIFEST_LIMIT:
            return True
        try:
            return Digest.of(self.path(descriptor.digest).read_bytes()) == descriptor.digest
        except OSError:
            return False

    def lacking(self, descriptor: Descriptor) -> int:
        """Return how many bytes of the disk storing a blob would take: less after a transfer that was interrupted."""
        if self.has(descriptor):
            return 0
        return max(0, descriptor.size - self._ingest.allocated(descriptor.digest.hex))

    def intact(self, digest: Digest) -> bool:
        """Whether a blob is not a hard link to a file that was changed."""
        return self._links is None or self._links.intact(digest, self.path(digest))

    def fetch(self, digest: Digest) -> FileContent:
        """Return a handle to a blob.

        Raises:
            NotFoundError: if it is not there.
            FormatError: if what is there is no file of this layout.
            IntegrityError: if it is a hard link to a file that was changed.
        """
        found = self._find(digest)
        if found is None:
            raise NotFoundError(f"{self._label} has no content {digest}")
        if not self.intact(digest):
            raise IntegrityError(
                f"{self._label}: {digest} is a hard link to a file that was changed after it was added with --link",
                hint="restore the file, or build or pull again",
            )
        return found

    def put(self, descriptor: Descriptor, content: Content, progress: Progress = no_progress) -> None:
        """Store verified content. Who stores the same blob at the same time waits, and shares the work.

        Content that is worth several readers is fetched by them; see ``fetching`` for what an interruption leaves.

        Raises:
            IntegrityError: if the bytes do not match; nothing is stored then.
            ResourceError: if there is no space; nothing is stored then.
        """
        digest = descriptor.digest
        self.make_folder()
        remote = as_parallel(content) if descriptor.size >= WORTH_PARTS else None
        progress = Steady(progress)
        size = descriptor.size if remote and self._ingest.keeps else None
        with self._ingest.begin(digest.hex, size=size, progress=progress) as temporary:
            progress.begin()
            if self.has(descriptor):
                progress(descriptor.size)  # another one stored it while this one waited
                return
            if remote:
                fetch_into(temporary, descriptor, remote, self._label, progress, keep=self._ingest.keeps)
                self.publish(temporary, digest)
                return
            verifier = Verifier(descriptor, self._label)
            with reading(f"the content of {digest}"):
                if clone_content(content, temporary):
                    with FileContent.of(temporary.path).open() as reader:
                        pump(reader, descriptor.size, verifier.update, None, progress)
                else:
                    temporary.reserve(descriptor.size)
                    with content.open() as reader:
                        pump(reader, descriptor.size, verifier.update, temporary.write, progress)
            verifier.finish()
            self.publish(temporary, digest)

    def publish(self, temporary: Temporary, digest: Digest) -> None:
        """Make a finished temporary file a blob.

        Raises:
            ResourceError: if there is no space.
            StoreError: if the place cannot be written, or is outside the layout.
        """
        self.make_folder()
        if self._links is None:
            temporary.publish(self.path(digest))
            return
        with self._links.placing(digest):
            temporary.publish(self.path(digest))
            self._links.forget(digest)

    def make_folder(self) -> None:
        """Make the folder of blobs if it is not there.

        Raises:
            StoreError: if it cannot be made, or is a symbolic link that leaves the layout: what is there is not ours.
        """
        with writing(self.layout):
            self.layout.mkdir(parents=True, exist_ok=True)
            for folder in (self.folder.parent, self.folder):
                folder.mkdir(exist_ok=True)
                try:
                    self._check_inside(folder)
                except FormatError as error:  # nobody sent it: it is the place that is wrong
                    raise StoreError(error.message, hint=error.hint) from error

    def __iter__(self) -> Iterator[Digest]:
        """Walk all blobs, in no order."""
        try:
            names = [path.name for path in self.folder.iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            return
        for name in names:
            if _HEX.fullmatch(name):
                yield Digest(name)

    def sizes(self) -> dict[Digest, int]:
        """Return the sizes of all blobs in bytes; what is in the place of a blob and no file of this layout is none."""
        sizes: dict[Digest, int] = {}
        for digest in self:
            with suppress(FormatError):
                size = self.size(digest)
                if size is not None:
                    sizes[digest] = size
        return sizes

    def delete(self, digest: Digest) -> int:
        """Remove a blob; return how many bytes it had, 0 if it was not there."""
        size = self.size(digest)
        if size is None:
            return 0
        with writing(self.layout):
            self.path(digest).unlink(missing_ok=True)
        return size

    def describe(self, digest: Digest) -> tuple[Descriptor, dict[str, Json]] | None:
        """Recognise a blob that is a manifest or an index by its own bytes; return its descriptor and document.

        Returns ``None`` for every other blob. The bytes are not verified.
        """
        found = self._find(digest)
        if found is None or found.size > MANIFEST_LIMIT:
            return None
        # Not by `fetch`: a hard link to a file that was changed is no error for who only asks what it is.
        with reading(f"{self._label}: {digest}"):
            data = found.read_at(0, found.size)
        recognised = recognise(data)
        if recognised is None:
            return None
        media_type, document = recognised
        return Descriptor(media_type=media_type, digest=digest, size=found.size), document

    def _find(self, digest: Digest) -> FileContent | None:
        path = self.path(digest)
        try:
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                self._check_inside(path)
                status = path.stat()
            elif not self._folder_checked:
                self._check_inside(self.folder)
                self._folder_checked = True
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise FormatError(f"{self._label}: the blob {path} cannot be examined: {error.strerror}") from error
        if not stat.S_ISREG(status.st_mode):
            raise FormatError(f"{self._label}: the blob {path} is not a file")
        return FileContent(path, status.st_size)

    def _check_inside(self, path: Path) -> None:
        real, root = os.path.realpath(path, strict=True), os.path.realpath(self.layout, strict=True)
        if os.path.commonpath([real, root]) != root:
            raise FormatError(
                f"{self._label}: {path} is a symbolic link that leaves the layout",
                hint="copy what it points to into the layout",
            )


def recognise(data: bytes) -> tuple[str, dict[str, Json]] | None:
    """Tell by its bytes whether something is a manifest or an index: its media type and its document, else ``None``."""
    if not data.lstrip().startswith(b"{"):
        return None
    try:
        document = decode_json(data, "a blob")
    except FormatError:
        return None
    media_type = _media_type(document) if isinstance(document, dict) else None
    return (media_type, document) if media_type is not None and isinstance(document, dict) else None


def _media_type(document: dict[str, Json]) -> str | None:
    """Tell what a document is: by what it says, else by its shape, because ``mediaType`` is optional in OCI 1.0."""
    stated = document.get("mediaType")
    if stated is not None:
        return stated if isinstance(stated, str) and stated in GRAPH_NODES else None
    if isinstance(document.get("config"), dict) and isinstance(document.get("layers"), list):
        return MediaType.OCI_MANIFEST.value
    return MediaType.OCI_INDEX.value if isinstance(document.get("manifests"), list) else None

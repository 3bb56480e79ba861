"""Files of the user become blobs: by reflink, by hard link on request, else by one copy that hashes while it copies."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from olbuild.core.content import Descriptor, Reader
from olbuild.core.errors import IntegrityError
from olbuild.core.names import Digest
from olbuild.core.records import Frozen
from olbuild.storage.ports import Progress, no_progress
from olbuild.storage.store.blobs import Blobs
from olbuild.storage.store.failures import reading
from olbuild.storage.store.identity import FileIdentity
from olbuild.storage.store.ingest import Ingest, Temporary
from olbuild.storage.store.leases import Lease, Leases
from olbuild.storage.store.links import Links
from olbuild.storage.store.locks import shared
from olbuild.storage.store.pump import pump
from olbuild.storage.store.source import SourceFile, open_source
from olbuild.storage.store.statcache import StatCache

How = Literal["cached", "exists", "reflink", "link", "copy"]


class Imported(Frozen, kw_only=True):
    """What a file became. Size in bytes; ``identity`` is the state of the file in which it was read.

    ``how``: ``cached`` the file was not read, its content is known and stored; ``exists`` it was read, and its content
    was stored already; ``reflink``, ``link`` and ``copy`` say how it was stored.
    """

    digest: Digest
    size: int
    how: How
    identity: FileIdentity


class Importer(Frozen):
    """Imports files into a store. ``require_space`` raises if so many bytes are not free."""

    blobs: Blobs
    ingest: Ingest
    leases: Leases
    links: Links
    cache: StatCache
    require_space: Callable[[int], None]

    def known(self, path: Path) -> Digest | None:
        """Return the digest of a file if that is known without reading it.

        Raises:
            NotFoundError: if the file is not there.
        """
        with reading(str(path)):
            return self.cache.find(FileIdentity.of(path.stat()))

    def import_file(self, path: Path, progress: Progress, *, link: bool, lease: Lease | None) -> Imported:
        """Store a file; see ``Store.import_file``."""
        with open_source(path) as file:
            found = self._stored(file.identity, lease, progress)
            if found is not None:
                return found
            with self.ingest.begin(_key(file.identity)) as temporary:
                found = self._stored(file.identity, lease, progress)  # by another process while this one waited
                if found is not None:
                    return found
                digest, how = self._read(file, temporary, progress, link=link)
                # Before the blob appears: who comes when the temporary file has moved away then finds both.
                if file.settled:
                    self.cache.record(file.identity, digest)
                with shared(self.leases.collecting):
                    if lease is not None:
                        lease.add((digest,))
                    how = self._keep(file, temporary, digest, how)
                return Imported(digest=digest, size=file.identity.size, how=how, identity=file.identity)

    def keep(self, reader: Reader, size: int, progress: Progress, lease: Lease | None) -> Digest:
        """Store bytes whose digest is not known yet; see ``Store.keep``."""
        self.require_space(size)
        found = hashlib.sha256()
        count = 0

        def take(chunk: memoryview) -> None:
            nonlocal count
            count += len(chunk)
            found.update(chunk)

        with self.ingest.begin(f"import-{uuid.uuid4()}") as temporary:
            temporary.reserve(size)
            pump(reader, size, take, temporary.write, progress)
            if count != size:
                raise IntegrityError(f"{count} bytes came where {size} were announced")
            digest = Digest(found.hexdigest())
            with shared(self.leases.collecting):
                if lease is not None:
                    lease.add((digest,))
                if not self.blobs.has(Descriptor(media_type="application/octet-stream", digest=digest, size=size)):
                    self.blobs.publish(temporary, digest)
        return digest

    def hash_file(self, path: Path, progress: Progress) -> tuple[Digest, FileIdentity, bool]:
        """Return the digest of a file and the state in which it had it; see ``Store.hash_file``."""
        with open_source(path) as file:
            digest = self.cache.find(file.identity)
            if digest is not None:
                progress(file.identity.size)
                return digest, file.identity, True
            digest = file.hash(None, progress)
            if file.settled:
                self.cache.record(file.identity, digest)
            return digest, file.identity, file.settled

    def clones(self, path: Path) -> bool:
        """Whether a file can be stored without copying its blocks; tried out, with nothing left behind.

        Raises:
            NotFoundError: if the file is not there.
            StoreError: if the store cannot be written.
        """
        with open_source(path) as file, self.ingest.begin(f"try-{_key(file.identity)}") as temporary:
            return temporary.clone_from(file.fileno())

    def _stored(self, identity: FileIdentity, lease: Lease | None, progress: Progress) -> Imported | None:
        digest = self.cache.find(identity)
        if digest is None:
            return None
        if lease is not None:
            lease.protect((digest,))
        if not self.blobs.has(_described(digest, identity)):
            return None
        progress(identity.size)
        return Imported(digest=digest, size=identity.size, how="cached", identity=identity)

    def _read(self, file: SourceFile, temporary: Temporary, progress: Progress, *, link: bool) -> tuple[Digest, How]:
        """Hash the file; unless it will be linked, its content is in the temporary file then."""
        if link:
            return file.hash(None, progress), "link"
        if temporary.clone_from(file.fileno()):
            # The file is read and not its clone, which the page cache does not know. If that may have missed a change,
            # the two may differ, and the clone is what counts.
            digest = file.hash(None, progress)
            if file.settled:
                return digest, "reflink"
            with open_source(temporary.path) as cloned:
                return cloned.hash(None, no_progress), "reflink"
        self.require_space(file.identity.size)
        temporary.reserve(file.identity.size)
        return file.hash(temporary.write, progress), "copy"

    def _keep(self, file: SourceFile, temporary: Temporary, digest: Digest, how: How) -> How:
        descriptor = _described(digest, file.identity)
        if self.blobs.has(descriptor):
            return "exists"
        if how != "link":
            self.blobs.publish(temporary, digest)
            return how
        with self.links.placing(digest):  # the same content may be linked or copied by others just now
            if self.blobs.has(descriptor):
                return "exists"
            self.links.add(file, digest, self.blobs.path(digest))
            if file.settled:
                self.cache.record(file.now(), digest)
            return how


def _described(digest: Digest, identity: FileIdentity) -> Descriptor:
    return Descriptor(media_type="application/octet-stream", digest=digest, size=identity.size)


def _key(identity: FileIdentity) -> str:
    """Name the work of importing one state of one file, so that it is done once."""
    return f"import-{identity.device:x}-{identity.inode:x}-{identity.size:x}-{identity.mtime_ns:x}"

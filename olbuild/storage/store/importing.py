"""Files of the user become blobs: by reflink, by hard link on request, else by one copy that hashes while it copies."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from olbuild.core.content import Descriptor
from olbuild.core.errors import IntegrityError, UsageError
from olbuild.core.names import Digest
from olbuild.storage.ports import Progress
from olbuild.storage.store.blobs import Blobs
from olbuild.storage.store.failures import reading, write_failure
from olbuild.storage.store.identity import FileIdentity, settle
from olbuild.storage.store.ingest import Ingest, Temporary, sync_folder
from olbuild.storage.store.leases import Lease, Leases
from olbuild.storage.store.links import Links
from olbuild.storage.store.locks import shared
from olbuild.storage.store.pump import Consume, pump
from olbuild.storage.store.statcache import StatCache

How = Literal["cached", "exists", "reflink", "link", "copy"]

_LEAF = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a file became. Size in bytes; ``identity`` is the state of the file in which it was read.

    ``how``: ``cached`` the file was not read, its content is known and stored; ``exists`` it was read, and its content
    was stored already; ``reflink``, ``link`` and ``copy`` say how it was stored.
    """

    digest: Digest
    size: int
    how: How
    identity: FileIdentity


@dataclass(frozen=True, slots=True)
class Importer:
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
        with _source(path) as file:
            return self.cache.find(FileIdentity.of(os.fstat(file.fileno())))

    def import_file(self, path: Path, progress: Progress, *, link: bool, lease: Lease | None) -> Imported:
        """Store a file; see ``Store.import_file``."""
        with _source(path) as file:
            identity, settled = settle(file.fileno())
            found = self._stored(identity, lease, progress)
            if found is not None:
                return found
            key = f"import-{identity.device:x}-{identity.inode:x}-{identity.size:x}-{identity.mtime_ns:x}"
            with self.ingest.begin(key) as temporary:
                found = self._stored(identity, lease, progress)  # by another process while this one waited
                if found is not None:
                    return found
                digest, how = self._read(file, identity, path, temporary, progress, link=link)
                if settled:
                    # Before the blob appears: who comes when the temporary file has moved then finds both.
                    self.cache.record(identity, digest)
                with shared(self.leases.collecting):
                    if lease is not None:
                        lease.add((digest,))
                    if self.blobs.has(Descriptor(media_type=_LEAF, digest=digest, size=identity.size)):
                        how = "exists"
                    elif how == "link":
                        linked = self._link(file, path, identity, digest, believed=settled)
                        if settled:
                            self.cache.record(linked, digest)
                    else:
                        self.blobs.publish(temporary, digest)
                return Imported(digest=digest, size=identity.size, how=how, identity=identity)

    def _stored(self, identity: FileIdentity, lease: Lease | None, progress: Progress) -> Imported | None:
        digest = self.cache.find(identity)
        if digest is None:
            return None
        if lease is not None:
            lease.protect((digest,))
        if not self.blobs.has(Descriptor(media_type=_LEAF, digest=digest, size=identity.size)):
            return None
        progress(identity.size)
        return Imported(digest=digest, size=identity.size, how="cached", identity=identity)

    def _read(
        self, file: _File, identity: FileIdentity, path: Path, temporary: Temporary, progress: Progress, *, link: bool
    ) -> tuple[Digest, How]:
        """Hash the file; unless it will be linked, its content is in the temporary file then."""
        with reading(str(path)):
            if link:
                return _hash(file, identity, path, None, progress), "link"
            if temporary.clone_from(file.fileno()):
                _check_unchanged(file, identity, path)
                with _File(temporary.path) as cloned:
                    return _hash(cloned, FileIdentity.of(os.fstat(cloned.fileno())), path, None, progress), "reflink"
            self.require_space(identity.size)
            temporary.reserve(identity.size)
            return _hash(file, identity, path, temporary.write, progress), "copy"

    def _link(self, file: _File, path: Path, identity: FileIdentity, digest: Digest, *, believed: bool) -> FileIdentity:
        """Hard-link the file, which was hashed, into the store; return its identity with the link."""
        beside = self.ingest.folder / f"link-{digest.hex}"
        blob = self.blobs.path(digest)
        with suppress(FileNotFoundError):
            beside.unlink()
        try:
            blob.parent.mkdir(parents=True, exist_ok=True)
            os.link(os.path.realpath(path), beside)
            try:
                _check_unchanged(file, identity, path, linked=beside)
                self.links.record(digest, FileIdentity.of(os.fstat(file.fileno())), believed=False)
                beside.replace(blob)
                sync_folder(blob.parent)
            finally:
                beside.unlink(missing_ok=True)  # renaming over another link of the same file leaves both
        except OSError as error:
            raise _cannot_link(error, path, blob.parent) from error
        linked = _check_unchanged(file, identity, path, linked=blob)
        self.links.record(digest, linked, believed=believed)
        return linked


class _File(io.FileIO):
    """A file of the user: an unbuffered stream that is a ``Reader``."""

    def __enter__(self) -> Self:
        return self


@contextmanager
def _source(path: Path) -> Iterator[_File]:
    """Open a file to read it; it must be a regular one."""
    with reading(str(path)):
        # Not blocking: opening a named pipe would wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UsageError(f"{path} is not a regular file")
    with _File(descriptor, "rb") as file:
        yield file


def _hash(file: _File, identity: FileIdentity, path: Path, write: Consume | None, progress: Progress) -> Digest:
    found = hashlib.sha256()
    count = 0

    def take(chunk: memoryview) -> None:
        nonlocal count
        count += len(chunk)
        if count > identity.size:
            raise _changed(path)  # a file that grows as fast as it is read would never end
        found.update(chunk)

    pump(file, identity.size, take, write, progress)
    if count != identity.size:
        raise _changed(path)
    _check_unchanged(file, identity, path)
    return Digest(found.hexdigest())


def _check_unchanged(file: _File, identity: FileIdentity, path: Path, linked: Path | None = None) -> FileIdentity:
    """Compare an open file with what it was; a link that was just made to it has changed its ``ctime``."""
    now = FileIdentity.of(os.fstat(file.fileno()))
    if linked is None and now == identity:
        return now
    same_content = (now.size, now.mtime_ns) == (identity.size, identity.mtime_ns)
    if linked is not None and same_content and os.path.samestat(os.fstat(file.fileno()), linked.lstat()):
        return now
    raise _changed(path)


def _changed(path: Path) -> IntegrityError:
    return IntegrityError(f"{path} was changed while it was read", hint="repeat when nothing writes to it any more")


def _cannot_link(error: OSError, path: Path, folder: Path) -> Exception:
    if error.errno in {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP}:
        return UsageError(
            f"{path} cannot be hard-linked into {folder}: {error.strerror}",
            hint="both must be on one file system, and the file your own; without --link it is copied",
        )
    return write_failure(error, folder)

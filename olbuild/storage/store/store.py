"""The local store: an image layout that many processes use at once, with leases, collection and a stat cache."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from olbuild.core.content import Content, Descriptor, FileContent, Reader
from olbuild.core.errors import FormatError, IntegrityError, NotFoundError, ResourceError
from olbuild.core.names import Digest
from olbuild.storage.copy import Prepare
from olbuild.storage.ports import Progress, no_progress
from olbuild.storage.store.ballast import Ballast
from olbuild.storage.store.checking import Problem, check
from olbuild.storage.store.collect import Collector, Pruned
from olbuild.storage.store.home import Home, open_home
from olbuild.storage.store.importing import Imported, Importer
from olbuild.storage.store.ingest import Ingest
from olbuild.storage.store.layout import Layout
from olbuild.storage.store.leases import Lease, Leases
from olbuild.storage.store.links import Links
from olbuild.storage.store.locks import shared
from olbuild.storage.store.reach import reach
from olbuild.storage.store.statcache import StatCache
from olbuild.storage.store.uploads import Uploads
from olbuild.storage.store.usage import Usage, measure
from olbuild.storage.store.witness import Witness

LABEL = "the local store"


class Store:
    """A target in ``$OLBUILD_HOME``. Make one with ``Store.open``. It holds nothing open, and threads may share it."""

    label = LABEL

    def __init__(self, home: Home) -> None:
        """Wire the parts of an opened home."""
        self.home = home
        ingest = Ingest(home.ingest, home.path)
        self._links = Links(home.links, ingest)
        self._leases = Leases(home.leases, home.collecting)
        self.layout = Layout(home.store, label=LABEL, ingest=ingest, links=self._links)
        cache = StatCache(home.statcache)
        self._importer = Importer(self.layout.blobs, ingest, self._leases, self._links, cache, self.require_space)
        self._witness = Witness(self.layout.blobs, cache)
        self.uploads = Uploads(home.uploads, home.path)
        self._ballast = Ballast(home.ballast, home.store / "index.json")
        self._collector = Collector(self.layout, self._leases, self._links, ingest, self._ballast)

    @classmethod
    def open(cls, home: Path, *, create: bool = True) -> Store:
        """Open the store of a home, and make it if it is not there.

        Raises:
            NotFoundError: if it is not there and ``create`` is false.
            StoreError: if it is of a newer format, somebody else's, or cannot be made.
        """
        store = cls(open_home(home, create=create))
        if create:
            store.layout.create()
            store._ballast.keep()
        return store

    # ── a target ──

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the content is there, by digest and size. To rely on it, lease it first."""
        return self.layout.exists(descriptor)

    def fetch(self, descriptor: Descriptor) -> Content:
        """Return a handle to the bytes of a descriptor: a ``FileContent`` with the path of the blob.

        It is vouched for if the blob is large, and is in the state in which it was when it was verified and stored.

        Raises:
            NotFoundError: if the content is not there.
            IntegrityError: if it is a hard link to a file that was changed.
        """
        return self._witness.vouch(descriptor.digest, self.layout.fetch(descriptor))

    def push(self, descriptor: Descriptor, content: Content, progress: Progress = no_progress) -> None:
        """Store content if it matches its descriptor. Processes that store the same content share the work.

        Raises:
            IntegrityError: if the bytes do not match; nothing is stored then.
            ResourceError: if there is no space; nothing is stored then.
            StoreError: if the store cannot be written.
        """
        new = not self.exists(descriptor)
        self.layout.push(descriptor, content, progress)
        if new:  # what was there before was verified then, and perhaps damaged since
            self._witness.note(descriptor.digest, descriptor.size)

    def resolve(self, name: str) -> Descriptor:
        """Return the descriptor behind a full name, or behind the ``sha256:…`` of a manifest that is stored.

        Raises:
            NotFoundError: if there is no such name.
        """
        return self.layout.resolve(name)

    def tag(self, descriptor: Descriptor, name: str) -> None:
        """Let a name stand for a manifest whose whole graph is stored.

        Raises:
            NotFoundError: if something that the manifest reaches is not stored.
            UsageError: if the text cannot be a name.
            StoreError: if the store cannot be written.
        """
        with shared(self.home.collecting):
            lacking = self._lacking(descriptor)
            if lacking is not None:
                raise NotFoundError(f"{LABEL} lacks {lacking}, which {name} needs", hint="pull or build it again")
            self.layout.tag(descriptor, name)

    # ── names ──

    def names(self) -> dict[str, Descriptor]:
        """Return all names, in their order, with what they stand for."""
        return self.layout.names()

    def untag(self, name: str) -> None:
        """Take a name away; the content stays until ``prune``.

        Raises:
            NotFoundError: if there is no such name.
        """
        self.layout.untag(name)

    def remove(self, name: str) -> Pruned:
        """Take a name away, or by ``sha256:…`` a manifest with all its names; collect what nothing else needs.

        Raises:
            NotFoundError: if there is no such name or manifest.
            StoreError: if the store cannot be written.
        """
        return self._collector.remove(name)

    def referrers(self, subject: Descriptor, artifact_type: str | None = None) -> tuple[Descriptor, ...]:
        """Return the manifests whose ``subject`` is this one, if wanted of one type only."""
        return self.layout.referrers(subject, artifact_type)

    def delete(self, name: str) -> None:
        """Take a name away, or by ``sha256:…`` a manifest with all its names; collect what nothing else needs.

        Raises:
            NotFoundError: if there is no such name or manifest.
            StoreError: if the store cannot be written.
        """
        self.remove(name)

    def discard(self, digest: Digest) -> Pruned | None:
        """Collect one blob, unless a name or a lease needs it; ``None`` if a name does.

        A manifest that is there only as a referrer of its subject can go.

        Raises:
            StoreError: if the store cannot be written.
        """
        return self._collector.discard(digest)

    # ── content ──

    def graph(self, root: Descriptor) -> tuple[Descriptor, ...]:
        """Return everything that a manifest reaches and that is stored, each once, itself first.

        Raises:
            IntegrityError: if a manifest is damaged.
        """
        return tuple(reach(self.layout.blobs, (root,), LABEL).found.values())

    def complete(self, root: Descriptor) -> bool:
        """Whether a manifest and everything that it reaches are stored, by digest and size."""
        try:
            return self._lacking(root) is None
        except (FormatError, IntegrityError):
            return False

    def import_file(
        self, path: Path, *, link: bool = False, progress: Progress = no_progress, lease: Lease | None = None
    ) -> Imported:
        """Store a file of the user: by reflink, by hard link if ``link``, else by one copy.

        A file that was stored before and has not changed since is not read. ``lease`` protects the content before it
        appears.

        Raises:
            NotFoundError: if the file is not there.
            UsageError: if it is no regular file, or cannot be linked.
            IntegrityError: if it changes while it is read.
            ResourceError: if there is no space; nothing is stored then.
            StoreError: if the store cannot be written.
        """
        imported = self._importer.import_file(path, progress, link=link, lease=lease)
        if imported.how in {"reflink", "link", "copy"}:
            self._witness.note(imported.digest, imported.size)
        return imported

    def keep(
        self, reader: Reader, size: int, progress: Progress = no_progress, *, lease: Lease | None = None
    ) -> Digest:
        """Store ``size`` bytes whose digest is not known yet, such as a file of an archive; return it.

        ``lease`` protects the content before it appears.

        Raises:
            IntegrityError: if there are fewer or more bytes; nothing is stored then.
            ResourceError: if there is no space; nothing is stored then.
            StoreError: if the store cannot be written.
        """
        return self._importer.keep(reader, size, progress, lease)

    def hash_file(self, path: Path, progress: Progress = no_progress) -> tuple[Digest, FileContent]:
        """Return the digest of a file of the user, and a handle to it, without storing it; errors as ``import_file``.

        A file that was read before and has not changed since is not read.
        """
        digest, state, settled = self._importer.hash_file(path, progress)
        verified = (state.device, state.inode, state.size, state.mtime_ns, state.ctime_ns) if settled else None
        return digest, FileContent(path, state.size, verified)

    def require_space_for(self, files: Mapping[Path, int]) -> None:
        """Check that files, given with their sizes in bytes, could all be imported by copying or cloning.

        Raises:
            NotFoundError: if a file is not there.
            ResourceError: if there is no space for them together.
        """
        self.require_space(sum(size for path, size in files.items() if not self._importer.clones(path)))

    def known_digest(self, path: Path) -> Digest | None:
        """Return the digest of a file if that is known without reading it.

        Raises:
            NotFoundError: if the file is not there.
        """
        return self._importer.known(path)

    def lease(self, purpose: str) -> AbstractContextManager[Lease]:
        """Protect content from collection for the length of a ``with`` block, or until the process dies.

        Raises:
            StoreError: if the store cannot be written.
        """
        return self._leases.take(purpose)

    def preparation(self, lease: Lease) -> Prepare:
        """Return the ``prepare`` of a ``copy`` into this store under a lease that was taken already."""

        def prepare(graph: tuple[Descriptor, ...]) -> None:
            lease.protect(node.digest for node in graph)
            self.require_space(sum(self.layout.blobs.lacking(node) for node in graph))

        return prepare

    # ── care ──

    def prune(self, *, dry_run: bool = False) -> Pruned:
        """Collect what no name and no lease needs.

        Raises:
            StoreError: if the store cannot be written.
            IntegrityError: if a manifest that is needed is damaged; nothing is collected then.
        """
        if not dry_run:
            self.uploads.sweep()
        return self._collector.prune(dry_run=dry_run)

    def usage(self) -> Usage:
        """Measure what each name takes."""
        return measure(self.layout, self._leases.protected())

    def verify(self, progress: Progress = no_progress) -> tuple[Problem, ...]:
        """Read everything, and return what is wrong; an empty tuple if all is well."""
        return check(self.layout, progress)

    def require_space(self, size: int) -> None:
        """Check that ``size`` bytes are free.

        Raises:
            ResourceError: if they are not.
        """
        status = os.statvfs(self.home.path)
        free = status.f_bavail * status.f_frsize
        if size > free:
            raise ResourceError(
                f"{size:,} bytes are needed in {self.home.path}, and {free:,} are free",
                hint="free some space ('olbuild prune' drops what no name needs), or set OLBUILD_HOME to another disk",
            )

    def _lacking(self, root: Descriptor) -> Digest | None:
        """Return something that a manifest reaches and that is not stored."""
        reached = reach(self.layout.blobs, (root,), LABEL)
        damaged = (node.digest for node in reached.found.values() if not self.exists(node))
        return next(iter(reached.missing), None) or next(damaged, None)

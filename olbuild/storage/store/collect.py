"""Collection of garbage: what no name, no index entry and no lease reaches."""

from __future__ import annotations

from collections.abc import Iterable

from olbuild.core.content import Descriptor
from olbuild.core.errors import FormatError, IntegrityError, NotFoundError, ResourceError
from olbuild.core.names import Digest
from olbuild.core.records import Frozen, replace
from olbuild.storage.store.ballast import Ballast
from olbuild.storage.store.ingest import Ingest
from olbuild.storage.store.layout import Layout
from olbuild.storage.store.leases import Leases
from olbuild.storage.store.links import Links
from olbuild.storage.store.reach import leased_content, with_referrers


class Pruned(Frozen, kw_only=True):
    """What was collected, or would be: how many blobs, how many bytes, and which.

    ``kept`` are the bytes that would go as well if no running process had a lease on them, ``interrupted`` those that
    transfers had left which did not end.
    """

    blobs: int
    bytes: int
    digests: tuple[Digest, ...]
    kept: int = 0
    interrupted: int = 0


class Collector(Frozen):
    """Collects in a store."""

    layout: Layout
    leases: Leases
    links: Links
    ingest: Ingest
    ballast: Ballast

    def prune(self, *, dry_run: bool) -> Pruned:
        """Collect everything that nothing needs, and what dead processes left half-written.

        Raises:
            StoreError: if the store cannot be written.
            IntegrityError: if a manifest that is needed is damaged; nothing is collected then.
        """
        with self.leases.collecting_alone() as protected:
            interrupted = self.ingest.left() if dry_run else self.ingest.sweep(everything=True)
            self.links.sweep()
            named = self._reached(entry for _, entry in self.layout.entries())
            leased = leased_content(self.layout.blobs, protected, self.layout.label)
            pruned = self._collect(
                (digest for digest in self.layout.blobs.sizes() if digest not in named), leased, dry_run=dry_run
            )
            return replace(pruned, interrupted=interrupted)

    def remove(self, name: str) -> Pruned:
        """Take a name away, and collect what only it needed, its referrers included.

        By ``sha256:…`` a manifest goes with all its names, also one without any.

        Raises:
            NotFoundError: if there is no such name or manifest.
            StoreError: if the store cannot be written.
            IntegrityError: if a manifest that another name needs is damaged; nothing is changed then.
        """
        with self.leases.collecting_alone() as protected:
            root, gone = self._target(name)
            named = self._reached(entry for other, entry in self.layout.entries() if (other, entry) not in gone)
            leased = leased_content(self.layout.blobs, protected, self.layout.label)
            only = self._only(root)
            self._untag(name, listed=bool(gone))
            removed = self._collect((digest for digest in only if digest not in named), leased, dry_run=False)
            self.ballast.keep()
            return removed

    def discard(self, digest: Digest) -> Pruned | None:
        """Collect one blob that no name reaches; ``None`` if a name reaches it. What it needed is left to ``prune``.

        A manifest that is there only because its subject is can go: it needs its subject, and not the other way round.

        Raises:
            StoreError: if the store cannot be written.
            IntegrityError: if a manifest that a name needs is damaged; nothing is changed then.
        """
        with self.leases.collecting_alone() as protected:
            blobs, label = self.layout.blobs, self.layout.label
            named = with_referrers(blobs, (entry for _, entry in self.layout.entries()), label, without=digest)
            if digest in named:
                return None
            leased = leased_content(blobs, protected, label)
            return self._collect([digest], leased, dry_run=False)

    def _target(self, name: str) -> tuple[Descriptor, list[tuple[str | None, Descriptor]]]:
        """Return what shall go, and the entries of the index that go with it."""
        if not name.startswith("sha256:"):
            root = self.layout.named(name)
            return root, [(other, entry) for other, entry in self.layout.entries() if other == name]
        root = self.layout.resolve(name)
        return root, [(other, entry) for other, entry in self.layout.entries() if entry.digest == root.digest]

    def _untag(self, name: str, *, listed: bool) -> None:
        if not listed:
            return
        try:
            self.layout.delete(name)
        except ResourceError:  # the disk is full, and removing is what makes room
            self.ballast.drop()
            self.layout.delete(name)

    def _only(self, root: Descriptor) -> Iterable[Digest]:
        try:
            return with_referrers(self.layout.blobs, (root,), self.layout.label)
        except (FormatError, IntegrityError, NotFoundError):
            return (root.digest,)  # a damaged artifact must be removable; `prune` finds the rest

    def _reached(self, roots: Iterable[Descriptor]) -> Iterable[Digest]:
        return with_referrers(self.layout.blobs, roots, self.layout.label)

    def _collect(self, unnamed: Iterable[Digest], leased: frozenset[Digest], *, dry_run: bool) -> Pruned:
        freed, kept, deleted = 0, 0, []
        for digest in tuple(unnamed):
            try:
                size = self.layout.blobs.size(digest)
            except FormatError:  # a folder or the like in the place of a blob: not ours to remove
                continue
            if size is None:
                continue
            if digest in leased:
                kept += size
                continue
            if not dry_run:
                self.layout.blobs.delete(digest)
                self.links.forget(digest)
            freed += size
            deleted.append(digest)
        return Pruned(blobs=len(deleted), bytes=freed, digests=tuple(deleted), kept=kept)

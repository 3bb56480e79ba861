"""Collection of garbage: what no name, no index entry and no lease reaches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from olbuild.core.content import Descriptor
from olbuild.core.errors import IntegrityError, NotFoundError
from olbuild.core.names import Digest
from olbuild.storage.store.ingest import Ingest
from olbuild.storage.store.layout import Layout
from olbuild.storage.store.leases import Leases
from olbuild.storage.store.links import Links
from olbuild.storage.store.reach import described, reach, with_referrers


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What was collected, or would be: how many blobs, how many bytes, and which."""

    blobs: int
    bytes: int
    digests: tuple[Digest, ...]


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects in a store."""

    layout: Layout
    leases: Leases
    links: Links
    ingest: Ingest

    def prune(self, *, dry_run: bool) -> Pruned:
        """Collect everything that nothing needs, and what dead processes left half-written.

        Raises:
            StoreError: if the store cannot be written.
            IntegrityError: if a manifest that is needed is damaged; nothing is collected then.
        """
        with self.leases.collecting_alone() as protected:
            self.ingest.sweep()
            self.links.sweep()
            live = self._live((entry for _, entry in self.layout.entries()), protected)
            garbage = [digest for digest in self.layout.blobs if digest not in live]
            return self._delete(garbage, dry_run=dry_run)

    def remove(self, name: str) -> Pruned:
        """Take a name away, and collect what only it needed, its referrers included.

        Raises:
            NotFoundError: if there is no such name.
            StoreError: if the store cannot be written.
            IntegrityError: if a manifest that another name needs is damaged; nothing is changed then.
        """
        with self.leases.collecting_alone() as protected:
            root = self.layout.named(name)
            live = self._live((entry for other, entry in self.layout.entries() if other != name), protected)
            only = self._only(root)
            self.layout.untag(name)
            return self._delete([digest for digest in only if digest not in live], dry_run=False)

    def _only(self, root: Descriptor) -> Iterable[Digest]:
        try:
            return with_referrers(self.layout.blobs, (root,), self.layout.label)
        except (IntegrityError, NotFoundError):
            return (root.digest,)  # a damaged artifact must be removable; `prune` finds the rest

    def _live(self, roots: Iterable[Descriptor], protected: frozenset[Digest]) -> set[Digest]:
        blobs, label = self.layout.blobs, self.layout.label
        leased = reach(blobs, described(blobs, protected), label).found
        # What is protected and not stored yet may be stored at any moment, so it counts too.
        return {*protected, *with_referrers(blobs, (*roots, *leased.values()), label)}

    def _delete(self, garbage: list[Digest], *, dry_run: bool) -> Pruned:
        freed, deleted = 0, []
        for digest in garbage:
            size = self.layout.blobs.size(digest)
            if size is None:
                continue
            if not dry_run:
                self.layout.blobs.delete(digest)
                self.links.forget(digest)
            freed += size
            deleted.append(digest)
        return Pruned(blobs=len(deleted), bytes=freed, digests=tuple(deleted))

"""How much of the disk each name takes."""

from __future__ import annotations

from collections import Counter

from olbuild.core.content import Descriptor
from olbuild.core.names import Digest
from olbuild.core.records import Frozen
from olbuild.storage.store.layout import Layout
from olbuild.storage.store.reach import leased_content, referrers, with_referrers


class NameUsage(Frozen, kw_only=True):
    """Bytes of one name: ``unique`` would be free without it, ``shared`` others need too, ``total`` is their sum."""

    name: str
    root: Descriptor
    total: int
    unique: int
    shared: int


class Usage(Frozen, kw_only=True):
    """Bytes of all names, of all blobs (each counted once), and of blobs that no name reaches.

    ``leased`` is the part of ``unnamed`` that a running process keeps from collection.
    """

    names: tuple[NameUsage, ...]
    total: int
    unnamed: int
    leased: int = 0


def measure(layout: Layout, protected: frozenset[Digest] = frozenset()) -> Usage:
    """Measure a layout, some content of which leases protect.

    Names that stand for the same artifact share all of it, so none of them has unique bytes. What refers to an artifact
    (a signature, say) is kept with it, and counts with it.

    Raises:
        IntegrityError: if a manifest is damaged.
    """
    names = layout.names()
    known = tuple(referrers(layout.blobs))
    graphs = {name: with_referrers(layout.blobs, (root,), layout.label, known=known) for name, root in names.items()}
    sizes = layout.blobs.sizes()
    needed_by = Counter(digest for graph in graphs.values() for digest in graph)
    unnamed = {digest: size for digest, size in sizes.items() if digest not in needed_by}
    leased = leased_content(layout.blobs, protected, layout.label) if unnamed else protected
    return Usage(
        names=tuple(_measure_name(name, names[name], graphs[name], sizes, needed_by) for name in names),
        total=sum(sizes.values()),
        unnamed=sum(unnamed.values()),
        leased=sum(size for digest, size in unnamed.items() if digest in leased),
    )


def _measure_name(
    name: str, root: Descriptor, graph: dict[Digest, Descriptor], sizes: dict[Digest, int], needed_by: Counter[Digest]
) -> NameUsage:
    total = sum(sizes.get(digest, 0) for digest in graph)
    unique = sum(sizes.get(digest, 0) for digest in graph if needed_by[digest] == 1)
    return NameUsage(name=name, root=root, total=total, unique=unique, shared=total - unique)

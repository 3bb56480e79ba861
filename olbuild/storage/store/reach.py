"""What manifests reach: the graphs that a collection must keep, and those that a name needs."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import TypeAlias

from msgspec import field

from olbuild.core.content import Descriptor, read_verified, successors
from olbuild.core.errors import FormatError, IntegrityError
from olbuild.core.names import GRAPH_NODES, NOT_DISTRIBUTED, Digest
from olbuild.core.records import Frozen
from olbuild.storage.store.blobs import Blobs


class Reach(Frozen):
    """Content by digest, as what its parent describes it, in the order in which it was found."""

    found: dict[Digest, Descriptor] = field(default_factory=dict)
    missing: dict[Digest, Descriptor] = field(default_factory=dict)


def reach(blobs: Blobs, roots: Iterable[Descriptor], label: str) -> Reach:
    """Walk graphs. Content of media types that name nothing is a leaf; a missing manifest ends the walk there.

    Raises:
        IntegrityError: if a manifest is damaged: what it reached cannot be known.
        FormatError: if a folder or the like is in the place of a manifest.
    """
    result = Reach()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node.digest in result.found or node.digest in result.missing:
            continue
        if not _is_there(blobs, node):
            if node.media_type in NOT_DISTRIBUTED:
                continue
            result.missing[node.digest] = node
            continue
        result.found[node.digest] = node
        if node.media_type in GRAPH_NODES:
            waiting.extend(_children(blobs, node, label))
    return result


Referrer: TypeAlias = tuple[Descriptor, Digest]
"""A manifest, and the digest of its subject."""


def with_referrers(
    blobs: Blobs,
    kept: Iterable[Descriptor],
    label: str,
    *,
    without: Digest | None = None,
    known: Iterable[Referrer] | None = None,
) -> dict[Digest, Descriptor]:
    """Add the manifests whose ``subject`` is kept (signatures and the like), and what they reach, and so on.

    A subject keeps its referrers, not the other way round (OCI image-spec, ``manifest.md``, "subject"). ``without`` is
    a referrer that is left out; ``known`` are all there are, for who asks more than once.

    Raises:
        IntegrityError: if a manifest is damaged.
    """
    live = reach(blobs, kept, label).found
    found = referrers(blobs, live) if known is None else known
    waiting = {node: subject for node, subject in found if node.digest not in live and node.digest != without}
    while True:
        now = [node for node, subject in waiting.items() if subject in live]
        if not now:
            return live
        for node in now:
            del waiting[node]
        live |= reach(blobs, now, label).found


def leased_content(blobs: Blobs, protected: frozenset[Digest], label: str) -> frozenset[Digest]:
    """Return what leases keep: what they protect, stored or not yet, what that reaches, and their referrers.

    Raises:
        IntegrityError: if a manifest is damaged.
    """
    if not protected:
        return protected
    return protected.union(with_referrers(blobs, described(blobs, protected), label))


def described(blobs: Blobs, digests: Iterable[Digest]) -> Iterator[Descriptor]:
    """Turn digests into descriptors, manifests recognised by their bytes. What is not stored is passed over."""
    for digest in digests:
        recognised = blobs.describe(digest)
        if recognised is not None:
            yield recognised[0]
            continue
        size = blobs.size(digest)
        if size is not None:
            yield Descriptor(media_type="application/octet-stream", digest=digest, size=size)


def _is_there(blobs: Blobs, node: Descriptor) -> bool:
    """Whether something is in the place of a node. What a manifest is must be known; of a leaf, `verify` tells it."""
    try:
        return blobs.size(node.digest) is not None
    except FormatError:
        if node.media_type in GRAPH_NODES:
            raise
        return True


def _children(blobs: Blobs, node: Descriptor, label: str) -> tuple[Descriptor, ...]:
    where = f"{label}: manifest {node.digest}"
    try:
        return successors(node, read_verified(blobs.fetch(node.digest), node, where), where)
    except IntegrityError as error:
        raise type(error)(
            error.message,
            hint="remove the names that need it ('olbuild store verify' lists them), then pull or build them again",
        ) from error


def referrers(blobs: Blobs, passed: Container[Digest] = ()) -> Iterator[Referrer]:
    """Walk the stored manifests that have a subject, in no order, some of them passed over."""
    for digest in blobs.sizes():
        if digest in passed:
            continue
        recognised = blobs.describe(digest)
        subject = recognised[1].get("subject") if recognised else None
        stated = subject.get("digest") if isinstance(subject, dict) else None
        if recognised and isinstance(stated, str) and blobs.has(recognised[0]):  # a damaged one is garbage
            try:
                yield recognised[0], Digest.parse(stated)
            except FormatError:
                continue

"""What a push sends: an artifact as it is, or in parts where a registry would not take it as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from olbuild.api.locations import ArchiveLocation, LayoutLocation, Location
from olbuild.api.workspace import Workspace
from olbuild.artifact.profiles.manifest import read_manifest
from olbuild.artifact.splitting import DEFAULT_LIMIT, PartDigests, needs_splitting, split
from olbuild.artifact.variants import is_variants, read_variants, write_variants
from olbuild.building.cache import BuildCache
from olbuild.core.content import Descriptor, Graph
from olbuild.core.events import Said
from olbuild.core.names import MANIFESTS, MediaType
from olbuild.storage.graph import GraphSource
from olbuild.storage.ports import Source
from olbuild.storage.store import Store

Splitting: TypeAlias = int | Literal["auto", "never"]
"""Most bytes of a layer; ``auto`` is what the registry is known to take, else ``DEFAULT_LIMIT``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What is sent: its root, where to copy it from, and whether that is in parts."""

    source: Source
    root: Descriptor
    parted: bool = False


def as_sent(workspace: Workspace, root: Descriptor, location: Location, splitting: Splitting) -> Sent:
    """Return what to send of an artifact of the store, and say so if that is not the artifact itself.

    Nothing is copied: parts are regions of the stored files. Their digests cost one reading of the weights, once.

    Raises:
        UsageError: if the limit is too small for this artifact.
        FormatError, IntegrityError, NotFoundError: if the artifact cannot be read.
    """
    store = workspace.store
    roots = _artifacts(root, store)
    graphs = {each.digest: graph for each in roots if (graph := _parts(workspace, each, location, splitting))}
    if not graphs:
        return Sent(source=store, root=root)
    if root.digest in graphs:
        sent = graphs[root.digest]
    else:  # an index of variants: written anew, with the split ones in the places of those that they stand for
        variants = read_variants(root, store.fetch)
        index = write_variants(
            replace(each, manifest=graphs[each.manifest.digest].root) if each.manifest.digest in graphs else each
            for each in variants
        )
        sent = Graph((*(node for graph in graphs.values() for node in graph), index))
    count = sum(node.descriptor.media_type == MediaType.SPLIT_PART for node in sent)
    workspace.emit(Said(text=f"large layers go in {count} parts: {root.digest} is split as {sent.root.digest}"))
    return Sent(source=GraphSource(sent, store.label, store), root=sent.root, parted=True)


def _artifacts(root: Descriptor, store: Store) -> tuple[Descriptor, ...]:
    """Return the artifact that a name stands for, or those of an index of variants."""
    if is_variants(root, store.fetch):
        return tuple(variant.manifest for variant in read_variants(root, store.fetch))
    return (root,) if root.media_type in MANIFESTS else ()


def _parts(workspace: Workspace, root: Descriptor, location: Location, splitting: Splitting) -> Graph | None:
    """Return an artifact in parts, ``None`` if it goes as it is."""
    store, limit = workspace.store, _limit(workspace, root, location, splitting)
    if limit is None or not needs_splitting(root, store.fetch, limit):
        return None
    remembered = BuildCache(store.home.state / "parts")
    return split(root, store.fetch, limit, PartDigests(remembered, workspace.emit))


def _limit(workspace: Workspace, root: Descriptor, location: Location, splitting: Splitting) -> int | None:
    """Return most bytes of a layer, ``None`` for any number.

    Without being told, only ModelPack artifacts are split, and only for registries: a folder or an archive has no
    limit, and what is written in another format is written for clients that cannot join it.
    """
    if splitting == "never":
        return None
    if splitting != "auto":
        return splitting
    if isinstance(location, LayoutLocation | ArchiveLocation):
        return None
    manifest = read_manifest(root, workspace.store.fetch)
    modelpack = (manifest.artifact_type or manifest.config.media_type) in {
        MediaType.MODEL_ARTIFACT,
        MediaType.MODEL_CONFIG,
    }
    return DEFAULT_LIMIT if modelpack else None

"""What a push sends: an artifact as it is, or in parts where a registry would not take it as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from olbuild.api.locations import ArchiveLocation, LayoutLocation, Location
from olbuild.api.workspace import Workspace
from olbuild.artifact.profiles.manifest import read_manifest
from olbuild.artifact.splitting import DEFAULT_LIMIT, PartDigests, needs_splitting, split
from olbuild.building.cache import BuildCache
from olbuild.core.content import Descriptor
from olbuild.core.events import Said
from olbuild.core.names import MANIFESTS, MediaType
from olbuild.storage.graph import GraphSource
from olbuild.storage.ports import Source

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
    whole = Sent(source=store, root=root)
    limit = _limit(workspace, root, location, splitting)
    if limit is None or root.media_type not in MANIFESTS or not needs_splitting(root, store.fetch, limit):
        return whole
    remembered = BuildCache(store.home.state / "parts")
    graph = split(root, store.fetch, limit, PartDigests(remembered, workspace.emit))
    count = sum(node.descriptor.media_type == MediaType.SPLIT_PART for node in graph)
    workspace.emit(
        Said(text=f"layers beyond {limit:,} bytes go in {count} parts: {root.digest} is split as {graph.root.digest}")
    )
    return Sent(source=GraphSource(graph, store.label), root=graph.root, parted=True)


def _limit(workspace: Workspace, root: Descriptor, location: Location, splitting: Splitting) -> int | None:
    """Return most bytes of a layer, ``None`` for any number.

    Without being told, only ModelPack artifacts are split, and only for registries: a folder or an archive has no
    limit, and what is written in another format is written for clients that cannot join it.
    """
    if splitting == "never":
        return None
    if splitting != "auto":
        return splitting
    if isinstance(location, LayoutLocation | ArchiveLocation) or root.media_type not in MANIFESTS:
        return None
    manifest = read_manifest(root, workspace.store.fetch)
    modelpack = (manifest.artifact_type or manifest.config.media_type) in {
        MediaType.MODEL_ARTIFACT,
        MediaType.MODEL_CONFIG,
    }
    return DEFAULT_LIMIT if modelpack else None

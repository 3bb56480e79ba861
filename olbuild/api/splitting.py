"""What a push sends: an artifact as it is, or in parts where a registry would not take it as it is."""

from __future__ import annotations

from typing import Literal, TypeAlias

from olbuild.api.locations import ArchiveLocation, LayoutLocation, Location, RegistryLocation
from olbuild.api.workspace import Workspace
from olbuild.artifact.profiles.manifest import read_manifest
from olbuild.artifact.splitting import DEFAULT_LIMIT, SMALLEST_LIMIT, PartDigests, needs_splitting, split
from olbuild.artifact.variants import is_variants, read_variants, write_variants
from olbuild.building.cache import BuildCache
from olbuild.core.content import Descriptor, Graph
from olbuild.core.events import Said
from olbuild.core.names import MANIFESTS, MediaType
from olbuild.core.records import Frozen, replace
from olbuild.storage.graph import GraphSource
from olbuild.storage.ports import Source

Splitting: TypeAlias = int | Literal["auto", "never"]
"""Most bytes of a layer; ``auto`` is what the registry is known to take, else ``DEFAULT_LIMIT``."""


class Sent(Frozen, kw_only=True):
    """What is sent: its root, where to copy it from, and whether that is in parts.

    ``alone`` says that nothing can refer to it where it goes, such as a signature.
    """

    source: Source
    root: Descriptor
    parted: bool = False
    alone: bool = False


def as_sent(
    workspace: Workspace, root: Descriptor, location: Location, splitting: Splitting, source: Source | None = None
) -> Sent:
    """Return what to send of an artifact, of the store if no source is given; say so if that is not itself.

    Ollama's registry gets it in Ollama's format. Nothing is copied: parts are regions of the stored files. Their
    digests cost one reading of the weights, once.

    Raises:
        UsageError: if the limit is too small for this artifact.
        FormatError, IntegrityError, NotFoundError: if the artifact cannot be read.
    """
    if isinstance(location, RegistryLocation) and location.reference.host == workspace.config.ollama_registry:
        return _for_ollama(workspace, root, source or workspace.store)
    origin = source or workspace.store
    roots = _artifacts(root, origin)
    graphs = {each.digest: graph for each in roots if (graph := _parts(workspace, origin, each, location, splitting))}
    if not graphs:
        return Sent(source=origin, root=root)
    if root.digest in graphs:
        sent = graphs[root.digest]
    else:  # an index of variants: written anew, with the split ones in the places of those that they stand for
        variants = read_variants(root, origin.fetch)
        index = write_variants(
            replace(each, manifest=graphs[each.manifest.digest].root) if each.manifest.digest in graphs else each
            for each in variants
        )
        sent = Graph((*(node for graph in graphs.values() for node in graph), index))
    count = sum(node.descriptor.media_type == MediaType.SPLIT_PART for node in sent)
    workspace.emit(Said(text=f"large layers go in {count} parts: {root.digest} is split as {sent.root.digest}"))
    return Sent(source=GraphSource(sent, origin.label, origin), root=sent.root, parted=True)


def _artifacts(root: Descriptor, origin: Source) -> tuple[Descriptor, ...]:
    """Return the artifact that a name stands for, or those of an index of variants."""
    if is_variants(root, origin.fetch):
        return tuple(variant.manifest for variant in read_variants(root, origin.fetch))
    return (root,) if root.media_type in MANIFESTS else ()


def _parts(
    workspace: Workspace, origin: Source, root: Descriptor, location: Location, splitting: Splitting
) -> Graph | None:
    """Return an artifact in parts, ``None`` if it goes as it is."""
    limit = _limit(workspace, origin, root, location, splitting)
    if limit is None or not needs_splitting(root, origin.fetch, limit):
        return None
    remembered = BuildCache(workspace.store.home.state / "parts")
    return split(root, origin.fetch, limit, PartDigests(remembered, workspace.emit))


def _for_ollama(workspace: Workspace, root: Descriptor, origin: Source) -> Sent:
    from olbuild.api.ollama import sent_to_ollama  # noqa: PLC0415 - for one registry

    graph = sent_to_ollama(workspace, root, origin)
    return Sent(source=GraphSource(graph, origin.label), root=graph.root, alone=True)


def _limit(
    workspace: Workspace, origin: Source, root: Descriptor, location: Location, splitting: Splitting
) -> int | None:
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
    manifest = read_manifest(root, origin.fetch)
    modelpack = (manifest.artifact_type or manifest.config.media_type) in {
        MediaType.MODEL_ARTIFACT,
        MediaType.MODEL_CONFIG,
    }
    return _limit_of(workspace, location) if modelpack else None


def _limit_of(workspace: Workspace, location: Location) -> int:
    """Return the limit of the configuration, else one below what the registry has refused, else the usual one."""
    if not isinstance(location, RegistryLocation):
        return DEFAULT_LIMIT
    from olbuild.storage.registry import look_at  # noqa: PLC0415 - the client takes 0.3 s to load

    host = location.reference.host or ""
    configured = workspace.config.registries.of(host).layer_limit
    if configured is not None:
        return configured
    refused = look_at(host, state=workspace.config.home / "state").knowledge.facts.layer_refused
    return DEFAULT_LIMIT if refused is None else max(SMALLEST_LIMIT, min(DEFAULT_LIMIT, refused // 2))

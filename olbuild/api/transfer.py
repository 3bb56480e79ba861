"""push and pull: one ``copy`` each, with what belongs to the artifact."""

from __future__ import annotations

from contextlib import nullcontext

from olbuild.api.attachments import attachments, copy_attachments
from olbuild.api.library import look_up, name_of
from olbuild.api.locations import LocalLocation, Location, RegistryLocation, parse_location
from olbuild.api.lookup import find
from olbuild.api.splitting import Sent, Splitting, as_sent
from olbuild.api.targets import open_destination, open_source, published
from olbuild.api.workspace import Workspace
from olbuild.artifact.profiles import read_bundle, writable_profile
from olbuild.artifact.variants import is_variants, read_variants
from olbuild.building.sources.variants import pick, whole_index
from olbuild.core.content import Descriptor
from olbuild.core.names import Reference, local_name
from olbuild.core.records import Frozen
from olbuild.storage.ahead import Ahead
from olbuild.storage.copy import copy
from olbuild.storage.graph import GraphSource
from olbuild.storage.ports import Source
from olbuild.storage.store import Lease

ALL = "all"
"""What ``--variant`` calls all variants of an index together."""


class Moved(Frozen, kw_only=True):
    """An artifact that arrived: its descriptor, and its name where it is now.

    If it was split on its way, that is the descriptor of the split one, and ``whole`` the one that it was made from.
    """

    descriptor: Descriptor
    name: str
    whole: Descriptor | None = None


def push(
    workspace: Workspace,
    source: str,
    destination: str | None = None,
    *,
    splitting: Splitting = "auto",
    profile: str | None = None,
) -> Moved:
    """Copy an artifact from the store to a registry, an ``oci:DIR[:NAME]`` layout or an ``oci-archive:FILE[:NAME]``.

    What refers to it in the store, such as signatures, goes with it; it gets its name when all of that is there.

    Args:
        workspace: settings, listener and store.
        source: a name in the store.
        destination: where to; without it the name itself must hold the registry, or ``default_registry`` is used.
        splitting: whether, and beyond how many bytes, a layer goes in parts.
        profile: another format to send it in, whole. It is another artifact then, and nothing refers to it yet.

    Raises:
        NotFoundError: if the store has no such artifact.
        UsageError: if no registry is named, or there is no such format.
        FormatError: if the format cannot hold the model.
        RefusedError, RegistryError, IntegrityError: as the destination fails.
    """
    name, root = find(workspace, source)
    location = published(workspace, parse_location(destination if destination is not None else name), name)
    with workspace.store.lease(f"push {name}") as lease, open_destination(workspace, location, name) as opened:
        lease.protect([root.digest])
        target, name_there = opened
        if profile is not None:
            sent = _in_profile(workspace, name, root, profile, lease)
        else:
            sent = as_sent(workspace, root, location, splitting)
        attached = () if sent.alone else attachments(workspace.store, root, name)
        copy(sent.source, target, sent.root, name=None if attached else name_there, emit=workspace.emit)
        if attached:
            copy_attachments(workspace.store, target, attached, name_there, emit=workspace.emit)
            target.tag(sent.root, name_there)
    name = described(location, target.label, name_there)
    return Moved(descriptor=sent.root, name=name, whole=root if sent.parted else None)


def _in_profile(workspace: Workspace, name: str, root: Descriptor, profile: str, lease: Lease) -> Sent:
    from olbuild.api.conversion import conversion  # noqa: PLC0415 - most pushes convert nothing

    made = conversion(workspace, name, root, writable_profile(profile), lease)
    return Sent(source=GraphSource(made.graph, workspace.store.label), root=made.graph.root, alone=True)


def pull(
    workspace: Workspace,
    source: str,
    name: str | None = None,
    *,
    lease: Lease | None = None,
    variant: str | None = None,
) -> Moved:
    """Copy an artifact from a registry, a layout (``oci:DIR[:NAME]``) or an ``oci-archive:FILE[:NAME]`` into the store.

    A name without a registry is looked up in Ollama's library, if it is not in the store.

    Args:
        workspace: settings, listener and store.
        source: where it is.
        name: its name in the store; the name at the source if left out.
        lease: protects the artifact for longer than this call.
        variant: which one to take of an index of variants, by name or quantisation; ``all`` takes the index with all of
            them. Without it it is the best that fits this machine.

    Raises:
        NotFoundError: if there is no such artifact or variant, or the name holds no registry and is not Ollama's.
        FormatError: if it is none that olbuild can read; nothing is copied then.
        RefusedError, RegistryError, IntegrityError, ResourceError: as the transfer fails; nothing is named then.
    """
    location = parse_location(source)
    if isinstance(location, LocalLocation):
        origin, name_there = look_up(workspace, location.name)
    else:
        origin, name_there = open_source(workspace, location)
    stored_as = local_name(name) if name else _stored_name(workspace, location, name_there)
    with nullcontext(lease) if lease is not None else workspace.store.lease(f"pull {source}") as held:
        root = origin.resolve(name_there)
        if variant == ALL:
            origin, root = whole_index(origin, root)
        else:
            root = pick(origin, root, variant, workspace.emit)
        bring(workspace, origin, root, held, name=stored_as)
    return Moved(descriptor=root, name=stored_as or str(root.digest))


def bring(workspace: Workspace, origin: Source, root: Descriptor, lease: Lease, *, name: str | None = None) -> None:
    """Copy a model into the store under a lease. What is no model that olbuild can read is refused before it is copied.

    Raises:
        FormatError: if it is no such model.
        NotFoundError, RefusedError, RegistryError, IntegrityError, ResourceError: as the transfer fails.
    """
    store = workspace.store
    lease.protect([root.digest])
    source = store if store.complete(root) else Ahead(origin, store)
    if isinstance(source, Ahead):
        source.read(root)
        refuse_foreign(workspace, source, root)
    copy(source, store, root, name=name, emit=workspace.emit, prepare=store.preparation(lease))


def refuse_foreign(workspace: Workspace, origin: Source, root: Descriptor) -> None:
    """Look whether what shall come into the store is a model. What is there already was looked at before.

    Raises:
        FormatError: if it is no model that olbuild can read.
        NotFoundError, RefusedError, RegistryError, IntegrityError: as reading its manifest and texts fails.
    """
    if workspace.store.complete(root):
        return
    if is_variants(root, origin.fetch):
        for variant in read_variants(root, origin.fetch):
            refuse_foreign(workspace, origin, variant.manifest)
        return
    read_bundle(root, origin.fetch)


def _stored_name(workspace: Workspace, location: Location, name_there: str) -> str | None:
    """Return the name in the store: the whole reference for a registry, the layout's own name for a layout.

    What is in Ollama's registry keeps the name that Ollama has for it.
    """
    if isinstance(location, RegistryLocation):
        reference = location.reference
        if reference.tag is None:
            return None
        short = name_of(workspace, reference)
        if short is not None:
            return local_name(short)
        return str(Reference(host=reference.host, repository=reference.repository, tag=reference.tag))
    if isinstance(location, LocalLocation):
        return location.name
    return None if name_there.startswith("sha256:") else local_name(name_there)


def described(location: Location, label: str, name_there: str) -> str:
    """Return what a person calls an artifact that went to a location."""
    if isinstance(location, LocalLocation):
        return name_there
    if isinstance(location, RegistryLocation):
        separator = "@" if name_there.startswith("sha256:") else ":"
        return f"{location.reference.name}{separator}{name_there}"
    return f"{label}:{name_there}"

"""push and pull: one ``copy`` each."""

from __future__ import annotations

from dataclasses import dataclass

from olbuild.api.locations import LocalLocation, Location, RegistryLocation, parse_location
from olbuild.api.targets import open_destination, open_source
from olbuild.api.workspace import Workspace
from olbuild.core.content import Descriptor
from olbuild.core.errors import NotFoundError
from olbuild.core.names import Reference, local_name
from olbuild.storage.copy import copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An artifact that arrived: its descriptor, and its name where it is now."""

    descriptor: Descriptor
    name: str


def push(workspace: Workspace, source: str, destination: str | None = None) -> Moved:
    """Copy an artifact from the store to a registry or to an ``oci:DIR[:NAME]`` layout.

    Args:
        workspace: settings, listener and store.
        source: a name in the store.
        destination: where to; without it the name itself must hold the registry, or ``default_registry`` is used.

    Raises:
        NotFoundError: if the store has no such artifact.
        UsageError: if no registry is named.
        RefusedError, RegistryError, IntegrityError: as the destination fails.
    """
    name = local_name(source)
    location = parse_location(destination if destination is not None else name)
    with workspace.store.lease(f"push {name}") as lease:
        root = workspace.store.resolve(name)
        lease.protect([root.digest])
        target, name_there = open_destination(workspace, location, name)
        copy(workspace.store, target, root, name=name_there, emit=workspace.emit)
    return Moved(descriptor=root, name=_described(location, target.label, name_there))


def pull(workspace: Workspace, source: str, name: str | None = None) -> Moved:
    """Copy an artifact from a registry or from an ``oci:DIR[:NAME]`` layout into the store.

    Args:
        workspace: settings, listener and store.
        source: where it is.
        name: its name in the store; the name at the source if left out.

    Raises:
        NotFoundError: if there is no such artifact, or the name holds no registry.
        RefusedError, RegistryError, IntegrityError, ResourceError: as the transfer fails; nothing is named then.
    """
    location = parse_location(source)
    if isinstance(location, LocalLocation):
        raise library_missing(location.name)
    origin, name_there = open_source(workspace, location)
    stored_as = local_name(name) if name else _stored_name(location, name_there)
    with workspace.store.receiving(f"pull {source}") as prepare:
        root = origin.resolve(name_there)
        copy(origin, workspace.store, root, name=stored_as, emit=workspace.emit, prepare=prepare)
    return Moved(descriptor=root, name=stored_as or str(root.digest))


def library_missing(name: str) -> NotFoundError:
    """Say that a name without a host is not there.

    Ollama would look such a name up in its library; this version does not speak that registry's format yet.
    """
    return NotFoundError(
        f"{name} is not in the local store, and it names no registry",
        hint="write the registry, as in ghcr.io/NAME; Ollama's own library cannot be read by this version yet",
    )


def _stored_name(location: Location, name_there: str) -> str | None:
    """Return the name in the store: the whole reference for a registry, the layout's own name for a layout."""
    if isinstance(location, RegistryLocation):
        reference = location.reference
        if reference.tag is None:
            return None
        return str(Reference(host=reference.host, repository=reference.repository, tag=reference.tag))
    return None if name_there.startswith("sha256:") else local_name(name_there)


def _described(location: Location, label: str, name_there: str) -> str:
    return str(location) if isinstance(location, RegistryLocation) else f"{label}:{name_there}"

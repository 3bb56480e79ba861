"""From a location to the target that holds it, and its name there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, assert_never, cast

from olbuild.api.locations import ArchiveLocation, LayoutLocation, LocalLocation, Location, RegistryLocation
from olbuild.api.workspace import Workspace
from olbuild.artifact.splitting import Joined
from olbuild.building.sources.artifacts import Named, name_in_layout
from olbuild.core.errors import UsageError
from olbuild.core.names import Reference, is_attached
from olbuild.storage.ports import Holder, Source, Target
from olbuild.storage.store.layout import Layout

if TYPE_CHECKING:
    from olbuild.storage.registry import RegistryTarget


def open_source(workspace: Workspace, location: Location) -> tuple[Source, str]:
    """Open what holds an artifact, and return it with the artifact's name there. Split artifacts are whole in it.

    Raises:
        NotFoundError: if there is no such layout or archive, or it cannot be told which of its artifacts is meant.
        UsageError: if the location needs a registry and ``--offline`` forbids it.
    """
    holder = open_holder(workspace, location)
    return joined(holder, location), name_in(holder, location)


def joined(holder: Holder, location: Location) -> Source:
    """Return what holds an artifact as a source in which split artifacts are whole."""
    match location:
        case LayoutLocation() | ArchiveLocation():
            return Joined(holder)
        case RegistryLocation():
            return Joined(holder, location.reference.tag)
        case LocalLocation():
            return holder
        case _:
            assert_never(location)


def name_in(holder: Holder, location: Location) -> str:
    """Return the name of an artifact where it is.

    Raises:
        NotFoundError: if there is no such layout or archive, or it cannot be told which of its artifacts is meant.
    """
    match location:
        case LayoutLocation() | ArchiveLocation():
            return name_in_layout(cast("Named", holder), location.name)
        case RegistryLocation():
            return name_in_repository(location.reference)
        case LocalLocation():
            return location.name
        case _:
            assert_never(location)


def open_holder(workspace: Workspace, location: Location) -> Holder:
    """Open what holds artifacts, whichever of them is meant, as they are there.

    Raises:
        UsageError: if the location needs a registry and ``--offline`` forbids it.
    """
    match location:
        case LayoutLocation():
            return Layout(location.path)
        case ArchiveLocation():
            from olbuild.storage.archive import ArchiveSource  # noqa: PLC0415 - for few commands

            return ArchiveSource(location.path)
        case RegistryLocation():
            return open_repository(workspace, location.reference)
        case LocalLocation():
            return workspace.store
        case _:
            assert_never(location)


@contextmanager
def open_destination(workspace: Workspace, location: Location, source: str) -> Iterator[tuple[Target, str]]:
    """Open where an artifact shall go, and give it with the name that it shall have there.

    Args:
        workspace: settings, listener and store.
        location: where it shall go; a name without a host means the store.
        source: what it is called where it comes from; a layout or an archive calls it so unless it is told a name.

    Raises:
        UsageError: if ``--offline`` forbids to ask a registry, or the name is none.
        StoreError, ResourceError: if it cannot be written; of an archive nothing is visible then.
    """
    match location:
        case LayoutLocation():
            yield Layout(location.path), location.name or source
        case ArchiveLocation():
            from olbuild.storage.archive import ArchiveFile  # noqa: PLC0415 - for few commands

            with ArchiveFile.create(location.path) as archive:
                yield archive, location.name or source
        case RegistryLocation():
            target = open_repository(workspace, location.reference, writing=True)
            yield target, name_in_repository(location.reference)
        case LocalLocation():
            yield workspace.store, location.name
        case _:
            assert_never(location)


def published(workspace: Workspace, location: Location, source: str) -> Location:
    """Return where ``push`` goes: a name without a host goes to ``default_registry``.

    Raises:
        UsageError: if no registry is named, with the spellings that work.
    """
    if not isinstance(location, LocalLocation):
        return location
    default = workspace.config.default_registry
    if default is None:
        raise UsageError(
            f"{location.name} names no registry to push to",
            hint=f"write the registry, as in: olbuild push {source} ghcr.io/{location.name.lower()}\n"
            "        or set default_registry in the configuration file (olbuild config shows where it is)",
        )
    return RegistryLocation(reference=Reference.parse(f"{default}/{location.name}"))


def open_repository(workspace: Workspace, reference: Reference, *, writing: bool = False) -> RegistryTarget:
    """Open the repository of a reference; ``writing`` says that something will be pushed.

    Raises:
        UsageError: if ``--offline`` forbids to ask a registry.
    """
    if workspace.config.offline:
        raise UsageError(f"{reference} is in a registry, and --offline forbids to ask it")
    from olbuild.storage.registry import open_registry  # noqa: PLC0415 - the client takes 0.3 s to load

    config = workspace.config
    return open_registry(
        reference,
        plain_http=config.plain_http,
        emit=workspace.emit,
        writing=writing,
        state=config.home / "state",
        ollama=config.ollama_registry,
        registries=config.registries,
    )


def name_in_repository(reference: Reference) -> str:
    """Return what a repository is asked for: the digest if there is one, else the tag."""
    if reference.digest is not None:
        return str(reference.digest)
    return reference.tag or "latest"


def names_of(origin: Holder, location: Location, *, attached: bool = False) -> tuple[str, ...]:
    """Return the names of all artifacts where a location is, sorted: of a repository, of a layout, or of an archive.

    Of the store, those of the same repository. ``attached`` also returns those of what belongs to an artifact, such as
    a signature.
    """
    # Sorted here: the specification wants it of registries, and docker-registry 2.8 does not do it.
    names = sorted(name for name in origin.names() if attached or not is_attached(name))
    if isinstance(location, LocalLocation):
        repository = location.name.rpartition(":")[0]
        return tuple(name for name in names if name.rpartition(":")[0] == repository)
    return tuple(names)

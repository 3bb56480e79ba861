"""From a location to the target that holds it, and its name there."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from olbuild.api.locations import LayoutLocation, LocalLocation, Location, RegistryLocation
from olbuild.api.workspace import Workspace
from olbuild.artifact.splitting import Joined
from olbuild.building.sources.artifacts import name_in_layout
from olbuild.core.errors import UsageError
from olbuild.core.names import Reference
from olbuild.storage.ports import Source, Target
from olbuild.storage.store.layout import Layout

if TYPE_CHECKING:
    from olbuild.storage.registry import RegistryTarget


def open_source(workspace: Workspace, location: Location) -> tuple[Source, str]:
    """Open what holds an artifact, and return it with the artifact's name there. Split artifacts are whole in it.

    Raises:
        NotFoundError: if there is no such layout, or it cannot be told which of its artifacts is meant.
        UsageError: if the location needs a registry and ``--offline`` forbids it, or it names none.
    """
    match location:
        case LayoutLocation():
            layout = Layout(location.path)
            return Joined(layout), name_in_layout(layout, location.name)
        case RegistryLocation():
            reference = location.reference
            return Joined(open_repository(workspace, reference), reference.tag), _name_there(reference)
        case LocalLocation():
            return workspace.store, location.name
        case _:
            assert_never(location)


def open_destination(workspace: Workspace, location: Location, source: str) -> tuple[Target, str]:
    """Open where an artifact shall go, and return it with the name it shall have there.

    A name without a host goes to ``default_registry``.

    Raises:
        UsageError: if no registry is named, with the spellings that work.
    """
    match location:
        case LayoutLocation():
            return Layout(location.path), location.name or source
        case RegistryLocation():
            return open_repository(workspace, location.reference, writing=True), _name_there(location.reference)
        case LocalLocation():
            default = workspace.config.default_registry
            if default is None:
                raise UsageError(
                    f"{location.name} names no registry to push to",
                    hint=f"write the registry, as in: olbuild push {source} ghcr.io/{location.name.lower()}\n"
                    "        or set default_registry in the configuration file (olbuild config shows where it is)",
                )
            reference = Reference.parse(f"{default}/{location.name}")
            return open_repository(workspace, reference, writing=True), _name_there(reference)
        case _:
            assert_never(location)


def open_repository(workspace: Workspace, reference: Reference, *, writing: bool = False) -> RegistryTarget:
    """Open the repository of a reference; ``writing`` says that something will be pushed.

    Raises:
        UsageError: if ``--offline`` forbids to ask a registry.
    """
    if workspace.config.offline:
        raise UsageError(f"{reference} is in a registry, and --offline forbids to ask it")
    from olbuild.storage.registry import open_registry  # noqa: PLC0415 - the client takes 0.3 s to load

    return open_registry(
        reference,
        plain_http=workspace.config.plain_http,
        emit=workspace.emit,
        writing=writing,
        state=workspace.config.home / "state",
    )


def _name_there(reference: Reference) -> str:
    """Return what a repository is asked for: the digest if there is one, else the tag."""
    if reference.digest is not None:
        return str(reference.digest)
    return reference.tag or "latest"

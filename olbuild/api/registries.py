"""What is known of registries: remembered, tried out, forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from olbuild.api.workspace import Workspace
from olbuild.core.errors import UsageError
from olbuild.core.names import Reference
from olbuild.core.records import Frozen
from olbuild.core.registries import RegistrySettings

if TYPE_CHECKING:
    from olbuild.storage.registry import Learnt


class RegistryInfo(Frozen, kw_only=True):
    """A registry: its address, what is known of it by name, and what the configuration says about it."""

    host: str
    address: str
    learnt: Mapping[str, Learnt]
    settings: RegistrySettings


def registry_info(workspace: Workspace, place: str, *, probe: bool = False) -> RegistryInfo:
    """Return what is known of a registry.

    Args:
        workspace: settings, listener and home.
        place: ``HOST``, or for a probe of more ``HOST/NAME[:TAG]``.
        probe: ask the registry first, and try out what it can do.

    Raises:
        UsageError: if the place cannot be, or ``--offline`` forbids to ask.
        NotFoundError, RefusedError, RegistryError: as the probe fails.
    """
    from olbuild.storage.registry import look_at  # noqa: PLC0415 - the client takes 0.3 s to load

    host, repository, name = _parse(place)
    if probe and workspace.config.offline:
        raise UsageError("a probe asks the registry, and --offline forbids that")
    config = workspace.config
    known = look_at(
        host,
        state=config.home / "state",
        registries=config.registries,
        plain_http=config.plain_http,
        emit=workspace.emit,
    )
    if probe:
        known.explore(repository, name)
    return RegistryInfo(
        host=known.endpoint.name,
        address=known.endpoint.base,
        learnt=known.knowledge.learnt(),
        settings=config.registries.of(known.endpoint.name),
    )


def forget_registry(workspace: Workspace, place: str) -> bool:
    """Drop what was learnt of a registry; false if there was nothing.

    Raises:
        UsageError: if the place cannot be.
    """
    from olbuild.storage.registry import look_at  # noqa: PLC0415 - the client takes 0.3 s to load

    host, _, _ = _parse(place)
    return look_at(host, state=workspace.config.home / "state").forget()


def _parse(place: str) -> tuple[str, str | None, str | None]:
    """Split a place into host, repository, and tag or digest."""
    host, _, rest = place.partition("/")
    if not rest:
        return str(Reference(host=host, repository="name").host), None, None
    reference = Reference.parse(place)
    if reference.host is None:
        raise UsageError(f"{place} names no registry", hint=f"write the registry, as in ghcr.io/{place}")
    tagged = "@" in rest or ":" in rest.rpartition("/")[2]
    name = str(reference.digest or reference.tag) if tagged else None
    return reference.host, reference.repository, name

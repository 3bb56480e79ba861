"""Builds that go somewhere: to a registry after they are stored, or straight to where they shall be."""

from __future__ import annotations

from olbuild.api.building import BuildRequest, prepare
from olbuild.api.locations import Location, RegistryLocation, parse_location
from olbuild.api.splitting import as_sent
from olbuild.api.targets import open_destination, published
from olbuild.api.transfer import described
from olbuild.api.workspace import Workspace
from olbuild.core.content import Descriptor
from olbuild.core.errors import UsageError
from olbuild.core.records import Frozen
from olbuild.storage.copy import copy
from olbuild.storage.graph import GraphSource


class Published(Frozen, kw_only=True):
    """An artifact that was built to somewhere, and its names there. The store has none of it."""

    descriptor: Descriptor
    names: tuple[str, ...]


def destinations(workspace: Workspace, output: str | None, names: tuple[str, ...]) -> tuple[Location, ...]:
    """Return where a build goes: to its names, or to one layout or archive.

    Args:
        workspace: its settings say where a name without a host goes.
        output: ``None`` for the registries that the names say, else ``oci:DIR[:NAME]`` or ``oci-archive:FILE[:NAME]``.
        names: names of the artifact.

    Raises:
        UsageError: if there is no name, a name has no registry to go to, or the output is none of these.
    """
    if output is None:
        if not names:
            raise UsageError("a registry needs a name for it", hint="say which: -t HOST/NAME")
        return tuple(published(workspace, parse_location(name), name) for name in dict.fromkeys(names))
    location = parse_location(output)
    if isinstance(location, RegistryLocation) or ":" not in output:
        raise UsageError(
            f"{output} is no output", hint="write store, registry, oci:DIR[:NAME] or oci-archive:FILE[:NAME]"
        )
    return (location,)


def build_to(
    workspace: Workspace, request: BuildRequest, places: tuple[Location, ...], name: str | None = None
) -> Published:
    """Build straight to where the artifact shall be. Files are hashed where they lie and sent from there.

    Args:
        workspace: settings, listener and store. The store keeps no more than what a packed base is unpacked to.
        request: what to build.
        places: where it shall go, one after the other.
        name: what a layout or an archive calls it, if its location does not say it.

    Raises:
        UsageError: if a layout or an archive is told no name.
        ModelfileError: if the Modelfile is wrong.
        NotFoundError, FormatError, IntegrityError, RefusedError, RegistryError, ResourceError, StoreError: as the build
            or the transfer fails; what was begun has no name then.
    """
    named = []
    with workspace.store.lease("build") as lease:
        plan, executor = prepare(workspace, request)
        graph = executor.describe(plan, lease)
        source = GraphSource(graph, "what is built")
        root = graph.root
        for place in places:
            with open_destination(workspace, place, name or "") as (target, name_there):
                if not name_there:
                    raise UsageError(f"{place} needs a name for it", hint=f"write {place}:NAME, or say -t NAME")
                sent = as_sent(workspace, graph.root, place, "auto", source)
                copy(sent.source, target, sent.root, name=name_there, emit=workspace.emit)
            named.append(described(place, target.label, name_there))
            root = sent.root
    return Published(descriptor=root, names=tuple(named))

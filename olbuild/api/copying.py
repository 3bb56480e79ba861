"""copy: from anywhere to anywhere, without a stop in the local store."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace

from olbuild.api.attachments import copy_attachments
from olbuild.api.locations import (
    ArchiveLocation,
    LayoutLocation,
    LocalLocation,
    Location,
    RegistryLocation,
    parse_location,
)
from olbuild.api.lookup import find
from olbuild.api.targets import name_in_repository, names_of, open_destination, open_holder, open_source
from olbuild.api.transfer import Moved, described, refuse_foreign
from olbuild.api.workspace import Workspace
from olbuild.core.content import Descriptor
from olbuild.core.errors import NotFoundError, UsageError
from olbuild.core.names import Reference, beside
from olbuild.storage.copy import Prepare, copy
from olbuild.storage.ports import Holder, Target
from olbuild.storage.store import Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What is copied: its root, its name where it is, and the one that it shall have."""

    root: Descriptor
    name: str
    becomes: str


def copy_artifact(
    workspace: Workspace, source: str, destination: str, *, all_tags: bool = False, referrers: bool = False
) -> tuple[Moved, ...]:
    """Copy an artifact from one place to another: a registry, the store, a layout or an archive.

    A name with a host is in that registry, and one without is in the store. What comes into the store must be a model
    that olbuild can read, as with ``pull``; between other places anything is copied.

    Args:
        workspace: settings, listener and store.
        source: where it is.
        destination: where it shall go.
        all_tags: copy every name that is there; neither place may then name a tag.
        referrers: copy what refers to it too, such as signatures.

    Raises:
        NotFoundError: if there is no such artifact.
        UsageError: if a place is none, or names a tag where it must not.
        FormatError, IntegrityError, RefusedError, RegistryError, ResourceError, StoreError: as the copying fails;
            then nothing that was begun has a name.
    """
    here, there = parse_location(source), parse_location(destination)
    if all_tags:
        _refuse_tags(source, destination)
    with ExitStack() as stack:
        local = isinstance(here, LocalLocation) or isinstance(there, LocalLocation)
        lease = stack.enter_context(workspace.store.lease(f"copy {source}")) if local else None
        if all_tags:
            origin, name, known = open_holder(workspace, here), "", ""
        else:
            here = _stored(workspace, here)
            origin, name = open_source(workspace, here)
            known = _full_name(here, name)
        target, becomes = stack.enter_context(open_destination(workspace, there, known))
        if all_tags:
            orders = _all(origin, here, there, becomes)
        else:
            orders = (_Order(root=origin.resolve(name), name=name, becomes=becomes),)
        prepare = _preparation(workspace, origin, orders, lease, there)
        for order in orders:
            _send(workspace, origin, target, order, prepare, referrers=referrers)
    return tuple(Moved(descriptor=order.root, name=described(there, target.label, order.becomes)) for order in orders)


def _send(
    workspace: Workspace, origin: Holder, target: Target, order: _Order, prepare: Prepare | None, *, referrers: bool
) -> None:
    """Copy one artifact; it gets its name when all that belongs to it is there."""
    copy(origin, target, order.root, emit=workspace.emit, prepare=prepare)
    if referrers:
        names = (order.name, order.becomes)
        copy_attachments(origin, target, order.root, names, emit=workspace.emit, prepare=prepare)
    target.tag(order.root, order.becomes)


def _preparation(
    workspace: Workspace, origin: Holder, orders: tuple[_Order, ...], lease: Lease | None, there: Location
) -> Prepare | None:
    """Protect what is in the store, and look what is going to be."""
    if lease is None:
        return None
    lease.protect(order.root.digest for order in orders)
    if not isinstance(there, LocalLocation):
        return None
    for order in orders:
        refuse_foreign(workspace, origin, order.root)
    return workspace.store.preparation(lease)


def _all(origin: Holder, here: Location, there: Location, becomes: str) -> tuple[_Order, ...]:
    names = names_of(origin, here)
    if not names:
        raise NotFoundError(f"{origin.label} has no names")
    return tuple(
        _Order(root=origin.resolve(name), name=name, becomes=_becomes(name, here, there, becomes)) for name in names
    )


def _becomes(name: str, here: Location, there: Location, becomes: str) -> str:
    """Return what one of several names is called in the destination."""
    tag = name.rpartition(":")[2]
    match there:
        case RegistryLocation():
            return name_in_repository(Reference(host=None, repository="name", tag=tag))
        case LocalLocation():
            return beside(becomes, tag)
        case _:
            return _full_name(here, name)


def _stored(workspace: Workspace, here: Location) -> Location:
    """Return a place with the whole name, if it is one of the store, where people abbreviate."""
    return LocalLocation(name=find(workspace, here.name)[0]) if isinstance(here, LocalLocation) else here


def _full_name(here: Location, name: str) -> str:
    """Return what an artifact is called where it is not: of a registry the whole reference."""
    if not isinstance(here, RegistryLocation):
        return name
    if name.startswith("sha256:"):
        return str(here.reference)
    return str(replace(here.reference, tag=name, digest=None))


def _refuse_tags(*places: str) -> None:
    for place in places:
        location = parse_location(place)
        if isinstance(location, LayoutLocation | ArchiveLocation):
            named = location.name is not None
        else:
            named = "@" in place or ":" in place.rpartition("/")[2]
        if named:
            raise UsageError(f"{place} names one artifact, and --all-tags means all of them", hint="leave its tag out")

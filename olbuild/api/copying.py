"""copy: from anywhere to anywhere, without a stop in the local store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

from olbuild.api.attachments import attachments, copy_attachments
from olbuild.api.locations import (
    ArchiveLocation,
    LayoutLocation,
    LocalLocation,
    Location,
    RegistryLocation,
    parse_location,
)
from olbuild.api.lookup import find
from olbuild.api.targets import joined, name_in, name_in_repository, names_of, open_destination, open_holder
from olbuild.api.transfer import Moved, described, refuse_foreign
from olbuild.api.workspace import Workspace
from olbuild.core.content import Descriptor
from olbuild.core.errors import NotFoundError, UsageError
from olbuild.core.names import Reference, beside
from olbuild.core.records import Frozen, replace
from olbuild.storage.ahead import Ahead
from olbuild.storage.copy import Prepare, copy
from olbuild.storage.ports import Holder, Source, Target
from olbuild.storage.store import Lease


class _Order(Frozen, kw_only=True):
    """What is copied: its root, its name where it is, and the one that it shall have."""

    root: Descriptor
    name: str
    becomes: str


class _Way(Frozen, kw_only=True):
    """From where to where: ``origin`` is ``holder`` with split artifacts whole, if they shall arrive whole."""

    holder: Holder
    origin: Source
    target: Target
    prepare: Prepare | None


def copy_artifact(
    workspace: Workspace, source: str, destination: str, *, all_tags: bool = False, referrers: bool = False
) -> tuple[Moved, ...]:
    """Copy an artifact from one place to another: a registry, the store, a layout or an archive.

    A name with a host is in that registry, and one without is in the store. What comes into the store must be a model
    that olbuild can read, as with ``pull``; between other places anything is copied, byte for byte.

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
            then what was begun has no name.
    """
    here, there = parse_location(source), parse_location(destination)
    if all_tags:
        for place in (source, destination):
            refuse_tag(place, "--all-tags means all of them")
    elif isinstance(here, LocalLocation):
        here = LocalLocation(name=find(workspace, source)[0])
    local = isinstance(here, LocalLocation) or isinstance(there, LocalLocation)
    holder = open_holder(workspace, here)
    origin = joined(holder, here) if isinstance(there, LocalLocation) else holder
    name = "" if all_tags else name_in(holder, here)
    known = "" if all_tags else _full_name(here, name)
    with workspace.store.lease(f"copy {source}") if local else nullcontext() as lease:
        # Looked up before the destination is opened: what is not there shall leave no file behind.
        roots = {each: origin.resolve(each) for each in (_all(holder, here) if all_tags else (name,))}
        with open_destination(workspace, there, known) as (target, becomes):
            orders = tuple(
                _Order(root=root, name=each, becomes=_becomes(each, here, there, becomes) if all_tags else becomes)
                for each, root in roots.items()
            )
            way = _way(workspace, holder, origin, target, lease if isinstance(there, LocalLocation) else None)
            if lease is not None:
                lease.protect(order.root.digest for order in orders)
            if isinstance(way.origin, Ahead):
                for order in orders:
                    way.origin.read(order.root)
                    refuse_foreign(workspace, way.origin, order.root)
            for order in orders:
                _send(workspace, way, order, referrers=referrers)
    return tuple(Moved(descriptor=order.root, name=described(there, target.label, order.becomes)) for order in orders)


def refuse_tag(place: str, reason: str) -> None:
    """Refuse a place that names one artifact where a repository, a layout or an archive is meant.

    Raises:
        UsageError: if it names one.
    """
    location = parse_location(place)
    if isinstance(location, LayoutLocation | ArchiveLocation):
        named = location.name is not None
    else:
        named = "@" in place or ":" in place.rpartition("/")[2]
    if named:
        raise UsageError(f"{place} names one artifact, and {reason}", hint="leave its tag out")


def _send(workspace: Workspace, way: _Way, order: _Order, *, referrers: bool) -> None:
    """Copy one artifact; it gets its name when all that belongs to it is there."""
    found = attachments(way.holder, order.root, order.name) if referrers else ()
    name = None if found else order.becomes
    copy(way.origin, way.target, order.root, name=name, emit=workspace.emit, prepare=way.prepare)
    if found:
        copy_attachments(way.holder, way.target, found, order.becomes, emit=workspace.emit, prepare=way.prepare)
        way.target.tag(order.root, order.becomes)


def _way(workspace: Workspace, holder: Holder, origin: Source, target: Target, lease: Lease | None) -> _Way:
    """Describe the way; ``lease`` is given if it leads into the store."""
    if lease is None:
        return _Way(holder=holder, origin=origin, target=target, prepare=None)
    store = workspace.store
    return _Way(holder=holder, origin=Ahead(origin, store), target=target, prepare=store.preparation(lease))


def _all(holder: Holder, here: Location) -> Iterator[str]:
    names = names_of(holder, here)
    if not names:
        raise NotFoundError(f"{holder.label} has no names")
    yield from names


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


def _full_name(here: Location, name: str) -> str:
    """Return what an artifact is called where it is not: of a registry the whole reference."""
    if not isinstance(here, RegistryLocation):
        return name
    if name.startswith("sha256:"):
        return str(here.reference)
    return str(replace(here.reference, tag=name, digest=None))

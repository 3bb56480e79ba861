"""What is in a repository, and taking it away; and single blobs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol, assert_never

from olbuild.api.copying import refuse_tag
from olbuild.api.locations import ArchiveLocation, LayoutLocation, LocalLocation, RegistryLocation, parse_location
from olbuild.api.looking import Sight
from olbuild.api.targets import name_in, name_in_repository, names_of, open_holder, open_repository
from olbuild.api.workspace import Workspace
from olbuild.core.content import Content, Descriptor, Verifier, WriteBytes
from olbuild.core.errors import NotFoundError, UsageError
from olbuild.core.events import Advanced, Finished, Started
from olbuild.core.names import Reference
from olbuild.core.records import Frozen
from olbuild.storage.ports import Deleter, Resolver, no_progress
from olbuild.storage.store import Layout
from olbuild.storage.store.pump import pump


class _Place(Deleter, Resolver, Protocol):
    """Where something is looked at, and then deleted."""


_TITLE = "org.opencontainers.image.title"
_ABBREVIATED = re.compile(r"(?:sha256:)?([0-9a-f]{4,64})")


def list_tags(workspace: Workspace, place: str, *, attached: bool = False) -> tuple[str, ...]:
    """Return the tags of a repository in a registry or in the store, or the names in a layout or an archive.

    ``attached`` also lists the tags of what belongs to others, such as cosign's signatures.

    Raises:
        NotFoundError: if there is no such place; of the store, if it has no such repository.
        UsageError: if the place names one artifact.
        RefusedError, RegistryError: as the registry answers.
    """
    refuse_tag(place, "all of a repository are listed")
    location = parse_location(place)
    holder = open_holder(workspace, location)
    names = names_of(holder, location, attached=attached)
    if not isinstance(location, LocalLocation):
        return names
    if not names:
        raise NotFoundError(f"{holder.label} has no artifact of the name {place}", hint="olbuild ls lists the store")
    return tuple(name.rpartition(":")[2] for name in names)


class Doomed(Frozen, kw_only=True):
    """What shall be deleted: what a person calls it, and its name or digest where it is."""

    label: str
    place: Deleter
    name: str
    root: Descriptor


def find_doomed(workspace: Workspace, places: tuple[str, ...]) -> tuple[Doomed, ...]:
    """Find what shall be deleted in registries and layouts: a tag, or a manifest with all its tags by its digest.

    Raises:
        NotFoundError: if one of them is not there.
        UsageError: if a place is the store's, where names are removed, or an archive, which is written once.
        RefusedError, RegistryError: as the registry answers.
    """
    return tuple(_doomed(workspace, place) for place in dict.fromkeys(places))


def delete(doomed: tuple[Doomed, ...]) -> Iterator[Doomed]:
    """Delete, and yield each as it is gone.

    Raises:
        RefusedError: if it is not allowed.
        RegistryError: if the registry deletes nothing, or fails.
    """
    for each in doomed:
        each.place.delete(each.name)
        yield each


def find_blob(sight: Sight, wanted: str) -> tuple[Descriptor, Content]:
    """Find something that an artifact names: by its digest, the beginning of it, or its title.

    Raises:
        NotFoundError: if it names no such thing.
        UsageError: if the beginning fits several.
        FormatError, IntegrityError: if a manifest is malformed or damaged.
    """
    content = sight.content()
    titled = [each for each in content if each.annotations.get(_TITLE) == wanted]
    begun = _ABBREVIATED.fullmatch(wanted)
    fits = titled or [each for each in content if begun is not None and each.digest.hex.startswith(begun[1])]
    found = {each.digest: each for each in fits}
    if not found:
        titles = [each.annotations.get(_TITLE) or str(each.digest) for each in content]
        raise NotFoundError(f"{sight.name} names nothing like {wanted}", hint=f"it names {', '.join(titles[:20])}")
    if len(found) > 1:
        raise UsageError(f"{wanted} fits several things in {sight.name}", hint=", ".join(map(str, found)))
    (descriptor,) = found.values()
    return descriptor, sight.holder.fetch(descriptor)


def write_blob(workspace: Workspace, descriptor: Descriptor, content: Content, write: WriteBytes, where: str) -> None:
    """Write a whole blob, and check it while it passes.

    Raises:
        IntegrityError: if it does not match its digest; what was written is of no use then.
    """
    identity = str(descriptor.digest)
    verifier = Verifier(descriptor, where)
    workspace.emit(Started(id=identity, label=descriptor.digest.short, total=descriptor.size))
    with content.open() as reader:
        pump(
            reader,
            descriptor.size,
            verifier.update,
            write,
            lambda amount: workspace.emit(Advanced(id=identity, amount=amount)),
        )
    verifier.finish()
    workspace.emit(Finished(id=identity))


def write_part(content: Content, begin: int, end: int, write: WriteBytes) -> None:
    """Write the bytes of a blob from ``begin`` up to ``end``. Nothing can be checked about them."""
    with content.open(begin, end - begin) as reader:
        pump(reader, end - begin, _unchecked, write, no_progress)


def _unchecked(_data: memoryview) -> None:
    """Let bytes pass."""


def _doomed(workspace: Workspace, place: str) -> Doomed:
    location = parse_location(place)
    label = str(location)
    target: _Place
    match location:
        case RegistryLocation():
            target = open_repository(workspace, location.reference, writing=True)
            name = _deletable(target, location.reference)
        case LayoutLocation():
            target = Layout(location.path)
            name = name_in(open_holder(workspace, location), location)
        case LocalLocation():
            raise UsageError(f"{place} is a name of the local store", hint=f"olbuild rm {place} takes it away")
        case ArchiveLocation():
            raise UsageError(f"{place} is an archive, in which nothing is deleted", hint="write it anew without that")
        case _:
            assert_never(location)
    return Doomed(label=label, place=target, name=name, root=target.resolve(name))


def _deletable(place: Resolver, reference: Reference) -> str:
    """Return the digest, or the tag; with both the tag, if it stands for that digest: less goes so.

    Raises:
        NotFoundError: if it stands for another one.
    """
    if reference.tag is None or reference.digest is None:
        return name_in_repository(reference)
    found = place.resolve(reference.tag).digest
    if found != reference.digest:
        raise NotFoundError(f"{reference.name}:{reference.tag} is {found} by now", hint="name one of them")
    return reference.tag

"""index create and index ls: several variants of a model under one name."""

from __future__ import annotations

from olbuild.api.locations import LocalLocation, parse_location
from olbuild.api.lookup import find
from olbuild.api.targets import open_source
from olbuild.api.workspace import Workspace
from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.profiles.manifest import read_manifest
from olbuild.artifact.variants import (
    Choice,
    Variant,
    choose,
    describe_variant,
    is_variants,
    read_variants,
    write_variants,
)
from olbuild.core.content import Descriptor
from olbuild.core.errors import FormatError, NotFoundError, UsageError
from olbuild.core.names import INDEXES, local_name
from olbuild.core.records import Frozen, replace
from olbuild.running.devices import usable_memory
from olbuild.storage.ports import Source
from olbuild.storage.store import Lease


class Index(Frozen, kw_only=True):
    """An index: its descriptor, its variants, and the one that would be taken on this machine."""

    name: str
    descriptor: Descriptor
    variants: tuple[Variant, ...]
    choice: Choice


def create_index(workspace: Workspace, names: tuple[str, ...], sources: tuple[str, ...]) -> Descriptor:
    """Make an index of artifacts of the store. The same artifacts give the same digest, in whatever order.

    Args:
        workspace: settings, listener and store.
        names: what to call it.
        sources: the artifacts, each a name in the store, or ``VARIANT=NAME`` to say what it is chosen by.

    Raises:
        NotFoundError: if the store has not all of them.
        UsageError: if a name is none, or two variants have the same; nothing is made then.
        FormatError: if one of them is no model.
    """
    checked = [local_name(name) for name in names]
    store = workspace.store
    with store.lease("index create") as lease:
        variants = [_described(workspace, source, lease) for source in sources]
        index = write_variants(variants)
        lease.protect([index.descriptor.digest])
        store.push(index.descriptor, index.content)
        for name in checked:
            store.tag(index.descriptor, name)
    return index.descriptor


def read_index(workspace: Workspace, name: str) -> Index:
    """Read the index that a name stands for: in the store, or where else the name leads.

    Raises:
        NotFoundError: if there is no such artifact.
        FormatError: if it is no index of variants, or malformed.
    """
    source, root = _open(workspace, name)
    if not is_variants(root, source.fetch):
        what = "an index of something else" if root.media_type in INDEXES else "one artifact"
        raise FormatError(f"{name} is {what}, and no index of variants")
    variants = read_variants(root, source.fetch)
    return Index(name=name, descriptor=root, variants=variants, choice=choose(variants, usable_memory()))


def _open(workspace: Workspace, name: str) -> tuple[Source, Descriptor]:
    location = parse_location(name)
    try:
        root = find(workspace, name)[1]
        # Under the name of an index the store keeps the variant that was taken: where it came from has the index.
        if isinstance(location, LocalLocation) or is_variants(root, workspace.store.fetch):
            return workspace.store, root
    except (NotFoundError, UsageError):
        if isinstance(location, LocalLocation):
            raise
    source, name_there = open_source(workspace, location)
    return source, source.resolve(name_there)


def _described(workspace: Workspace, source: str, lease: Lease) -> Variant:
    chosen_by, given, name = source.rpartition("=")
    name, root = find(workspace, name)
    lease.protect([root.digest])
    fetch = workspace.store.fetch
    if not workspace.store.complete(root):
        raise NotFoundError(f"{name} is not wholly in the local store", hint="pull or build it again")
    stated = read_manifest(root, fetch).artifact_type
    return describe_variant(
        replace(root, artifact_type=stated), read_bundle(root, fetch), name, chosen_by if given else None
    )

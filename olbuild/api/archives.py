"""save and load: artifacts of the store as one OCI archive, written and read as a stream."""

from __future__ import annotations

from olbuild.api.attachments import attachments, copy_attachments
from olbuild.api.lookup import find
from olbuild.api.transfer import Moved
from olbuild.api.workspace import Workspace
from olbuild.artifact.profiles import read_bundle
from olbuild.core.content import Descriptor, Reader, WriteBytes, decode_json, read_verified
from olbuild.core.errors import NotFoundError, UsageError
from olbuild.core.names import INDEXES, is_attached, local_name
from olbuild.storage.copy import copy
from olbuild.storage.store import Store

_CONTAINERD_NAME = "io.containerd.image.name"


def save(
    workspace: Workspace,
    names: tuple[str, ...],
    write: WriteBytes,
    label: str,
    *,
    referrers: bool = False,
) -> tuple[Moved, ...]:
    """Write artifacts of the store as an OCI archive. The same artifacts give the same bytes.

    Args:
        workspace: settings, listener and store.
        names: names in the store.
        write: takes the bytes of the archive, in their order.
        label: what messages call the archive.
        referrers: write what refers to them too, such as signatures.

    Raises:
        NotFoundError: if the store has no such artifact; nothing is written then.
        IntegrityError: if something in the store is damaged; what was written is of no use then.
    """
    from olbuild.storage.archive import ArchiveWriter  # noqa: PLC0415 - for few commands

    found = tuple(dict.fromkeys(find(workspace, name) for name in names))
    archive = ArchiveWriter(write, label)
    with workspace.store.lease(f"save {', '.join(names)}") as lease:
        lease.protect(root.digest for _, root in found)
        for name, root in found:
            copy(workspace.store, archive, root, emit=workspace.emit)
            belonging = attachments(workspace.store, root, name) if referrers else ()
            copy_attachments(workspace.store, archive, belonging, name, emit=workspace.emit)
            if name.startswith("sha256:"):
                archive.attach(root)
            else:
                archive.tag(root, name)
        archive.finish()
    return tuple(Moved(descriptor=root, name=name) for name, root in found)


def load(workspace: Workspace, reader: Reader, label: str, name: str | None = None) -> tuple[Moved, ...]:
    """Read an OCI archive into the store, in one pass: a tar file as it is, or packed with gzip or zstd.

    Every blob is checked against its digest on its way, and names appear when everything is there.

    Args:
        workspace: settings, listener and store.
        reader: the archive.
        label: what messages call it.
        name: what to call its artifact, if it has exactly one.

    Returns:
        the artifacts, in the order of the archive; what only refers to others, such as signatures, is none.

    Raises:
        FormatError: if it is no OCI archive, cut off, or holds what is no model that olbuild can read.
        IntegrityError: if bytes do not match their digest.
        UsageError: if a name in it is none, or ``name`` is given for several.
        ResourceError, StoreError: if it cannot be stored.
    """
    from olbuild.storage.archive import receive  # noqa: PLC0415 - for few commands

    store = workspace.store
    given = local_name(name) if name is not None else None
    with store.lease(f"load {label}") as lease:
        entries = receive(reader, store, label, protect=lambda blob: lease.protect([blob.digest]), emit=workspace.emit)
        models = [(_name(entry, each), each) for entry, each in entries if not _belongs(store, entry, each)]
        if not models:
            raise NotFoundError(f"{label} holds no artifact")
        if given is not None:
            if len({each.digest for _, each in models}) > 1:
                raise UsageError(f"{label} holds several artifacts, and {given} can be the name of one only")
            models = [(given, models[0][1])]
        attached = [(local_name(entry), each) for entry, each in entries if entry and is_attached(entry)]
        for _, root in (*models, *attached):
            copy(store, store, root)  # moves nothing, and looks whether all of it is there
        for _, root in models:
            if root.media_type not in INDEXES:
                read_bundle(root, store.fetch)
        for called, root in (*attached, *models):
            if called is not None:
                store.tag(root, called)
    return tuple(Moved(descriptor=root, name=called or str(root.digest)) for called, root in models)


def _belongs(store: Store, name: str | None, entry: Descriptor) -> bool:
    """Whether an entry only belongs to another one: by its name, or by its subject if it has no name."""
    if name is not None:
        return is_attached(name)
    where = f"manifest {entry.digest}"
    document = decode_json(read_verified(store.fetch(entry), entry, where), where)
    return isinstance(document, dict) and document.get("subject") is not None


def _name(name: str | None, entry: Descriptor) -> str | None:
    """Return the name of an entry; docker save writes the whole one elsewhere, and the tag alone in its place."""
    text = entry.annotations.get(_CONTAINERD_NAME, name)
    return local_name(text) if text is not None else None

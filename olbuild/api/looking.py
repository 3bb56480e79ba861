"""Finding an artifact to look at, wherever it is: nothing is copied."""

from __future__ import annotations

from olbuild.api.locations import LocalLocation, Location, RegistryLocation, parse_location
from olbuild.api.lookup import find
from olbuild.api.targets import joined, name_in, open_holder
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles import packed_profile, read_bundle, read_manifest
from olbuild.core.content import Descriptor, decode_json, read_verified, successors
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError, NotFoundError, UsageError
from olbuild.core.names import GRAPH_NODES, MANIFESTS
from olbuild.core.records import Frozen
from olbuild.storage.ports import Source


class Sight(Frozen, kw_only=True):
    """An artifact that was found: what holds it, its root, and what a person calls it."""

    holder: Source
    root: Descriptor
    name: str

    def manifest(self) -> bytes:
        """Return the exact bytes of its manifest.

        Raises:
            IntegrityError: if they do not match.
            FormatError: if they are more than a manifest may have.
        """
        return read_verified(self.holder.fetch(self.root), self.root, f"{self.name}: manifest")

    def document(self) -> dict[str, Json]:
        """Return its manifest as JSON.

        Raises:
            IntegrityError, FormatError: if it is damaged or malformed.
        """
        document = decode_json(self.manifest(), f"{self.name}: manifest")
        return document if isinstance(document, dict) else {}

    def content(self) -> tuple[Descriptor, ...]:
        """Return all that it names: of an index its manifests, and what those name.

        Raises:
            NotFoundError, IntegrityError, FormatError: as reading a manifest fails.
        """
        found: dict[Descriptor, None] = {}
        waiting = [self.root]
        while waiting:
            node = waiting.pop(0)
            if node in found:
                continue
            found[node] = None
            if node.media_type in GRAPH_NODES:
                where = f"{self.name}: manifest {node.digest}"
                waiting += successors(node, read_verified(self.holder.fetch(node), node, where), where)
        return tuple(found)


def look(workspace: Workspace, text: str, *, remote: bool = False, raw: bool = False) -> Sight:
    """Find an artifact: in the store, else in the registry, the layout or the archive that the text names.

    Args:
        workspace: settings, listener and store.
        text: a name or digest in the store, ``HOST/NAME``, ``oci:DIR[:NAME]`` or ``oci-archive:FILE[:NAME]``.
        remote: ask the registry, whatever the store has.
        raw: leave a split artifact what it is; otherwise it is seen as the whole one.

    Raises:
        NotFoundError: if there is no such artifact.
        UsageError: if the text is no name, or ``remote`` is asked of what is in no registry.
        RefusedError, RegistryError: as the registry answers.
    """
    location = parse_location(text)
    if remote and not isinstance(location, RegistryLocation):
        raise UsageError(f"{text} names no registry to ask", hint="write it in front, as in ghcr.io/NAME")
    if isinstance(location, LocalLocation):
        name, root = find(workspace, text)
        return Sight(holder=workspace.store, root=root, name=name)
    stored = None if remote else _stored(workspace, location)
    if stored is not None:
        return stored
    there = open_holder(workspace, location)
    name = name_in(there, location)
    holder = there if raw else joined(there, location)
    return Sight(holder=holder, root=holder.resolve(name), name=_called(location, name))


def read_whole(workspace: Workspace, sight: Sight) -> Bundle:
    """Read all that a model says. One whose files are packed is unpacked for that, if it is in the store.

    Raises:
        UsageError: if its files are packed and it is elsewhere.
        FormatError: if it is none that olbuild can read, or has no GGUF weights.
        NotFoundError, IntegrityError, RefusedError, RegistryError: as reading it fails.
    """
    root = sight.root
    if root.media_type in MANIFESTS and packed_profile(read_manifest(root, sight.holder.fetch)) is not None:
        if sight.holder is not workspace.store:
            raise UsageError(
                f"{sight.name} has its files in tar layers, which are unpacked in the local store only",
                hint="pull it first",
            )
        root = opened(workspace, root, sight.name)
    bundle = read_bundle(root, sight.holder.fetch)
    if not bundle.weights:
        raise FormatError(f"{sight.name} has no GGUF weights", hint="olbuild inspect shows what it has")
    return bundle


def opened(workspace: Workspace, root: Descriptor, name: str) -> Descriptor:
    """Return the root of a model in the store whose files are files: its own, or of what it is unpacked to.

    Raises:
        FormatError: if it is malformed, unsafe, or has no GGUF weights.
        ResourceError, StoreError: as it cannot be unpacked.
    """
    with workspace.store.lease(f"look at {name}") as lease:
        lease.protect([root.digest])
        return workspace.opener.open(root, name, lease)


def _stored(workspace: Workspace, location: Location) -> Sight | None:
    if not isinstance(location, RegistryLocation):
        return None
    reference, store = location.reference, workspace.store
    try:
        name = str(reference.digest or reference)
        return Sight(holder=store, root=store.resolve(name), name=str(reference))
    except NotFoundError:
        return None


def _called(location: Location, name: str) -> str:
    return name if not isinstance(location, RegistryLocation) else str(location)

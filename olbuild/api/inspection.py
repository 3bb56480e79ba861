"""What an artifact is, read from its manifest and config, wherever it is; weights are not fetched."""

from __future__ import annotations

from contextlib import suppress

from olbuild.api.looking import Sight, look
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Blob, Bundle
from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.weights.gguf import Header, read_header
from olbuild.core.content import Descriptor, decode_json, read_verified, successors
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError
from olbuild.core.names import GRAPH_NODES, INDEXES
from olbuild.core.records import Frozen
from olbuild.storage.ports import Source


class File(Frozen, kw_only=True):
    """A GGUF file of an artifact, and its header."""

    blob: Blob
    header: Header


class Variant(Frozen, kw_only=True):
    """An entry of an index: its descriptor with its annotations, and how many bytes it needs in all.

    ``size`` is ``None`` for an entry that is no manifest.
    """

    descriptor: Descriptor
    size: int | None


class Inspection(Frozen, kw_only=True):
    """An artifact: its root descriptor, the manifest and the config as JSON, and the bundle that was read from them.

    An index has no config and no bundle, but variants. ``files`` are there if their headers were asked for.
    """

    name: str
    label: str
    descriptor: Descriptor
    manifest: Json
    config: Json
    bundle: Bundle | None
    variants: tuple[Variant, ...] = ()
    files: tuple[File, ...] = ()


def inspect(workspace: Workspace, name: str, *, remote: bool = False, gguf: bool = False) -> Inspection:
    """Look at an artifact, in the store or where its name leads.

    Args:
        workspace: settings, listener and store.
        name: a name or digest in the store, ``HOST/NAME``, ``oci:DIR[:NAME]`` or ``oci-archive:FILE[:NAME]``.
        remote: ask the registry, whatever the store has.
        gguf: read the headers of its GGUF files too, of remote ones by ranges; they are not verified then.

    Raises:
        NotFoundError: if there is no such artifact.
        FormatError: if it is none that olbuild can read.
        RefusedError, RegistryError: as the registry answers.
    """
    sight = look(workspace, name, remote=remote)
    manifest: Json = sight.document()
    if sight.root.media_type in INDEXES:
        return Inspection(
            name=sight.name,
            label=sight.holder.label,
            descriptor=sight.root,
            manifest=manifest,
            config=None,
            bundle=None,
            variants=_variants(sight),
        )
    bundle = read_bundle(sight.root, sight.holder.fetch)
    config: Json = None
    if isinstance(manifest, dict):
        descriptor = Descriptor.from_json(manifest.get("config"), f"{sight.name}: config")
        with suppress(FormatError):  # of an artifact of any type, which need not be JSON
            config = decode_json(read_verified(sight.holder.fetch(descriptor), descriptor, "config"), "config")
    return Inspection(
        name=sight.name,
        label=sight.holder.label,
        descriptor=sight.root,
        manifest=manifest,
        config=config,
        bundle=bundle,
        files=headers(bundle, sight.name) if gguf else (),
    )


def headers(bundle: Bundle, where: str) -> tuple[File, ...]:
    """Read the headers of all GGUF files of a model; ``where`` names it in errors.

    Raises:
        FormatError: if one of them is no GGUF file.
    """
    return tuple(
        File(blob=blob, header=read_header(blob.content, f"{where}: the {blob.role.value} file {blob.digest.short}"))
        for blob in bundle.blobs
    )


def _variants(sight: Sight) -> tuple[Variant, ...]:
    where = f"{sight.name}: index"
    entries = successors(sight.root, sight.manifest(), where)
    return tuple(Variant(descriptor=entry, size=_size(sight.holder, entry, where)) for entry in entries)


def _size(holder: Source, entry: Descriptor, where: str) -> int | None:
    if entry.media_type not in GRAPH_NODES:
        return None
    children = successors(entry, read_verified(holder.fetch(entry), entry, where), f"{where}: {entry.digest}")
    return entry.size + sum(child.size for child in children)

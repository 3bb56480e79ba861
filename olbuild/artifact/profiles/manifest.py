"""An OCI image manifest, read strictly, and written (image-spec, ``manifest.md``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from olbuild.core.content import (
    MANIFEST_LIMIT,
    BytesContent,
    Content,
    Descriptor,
    Graph,
    Node,
    canonical_json,
    decode_json,
    read_verified,
)
from olbuild.core.content.canonical import Json
from olbuild.core.content.descriptor import text_map
from olbuild.core.errors import FormatError
from olbuild.core.names import INDEXES, MANIFESTS, Digest, MediaType
from olbuild.core.records import Frozen

Fetch: TypeAlias = Callable[[Descriptor], Content]
"""Gives a handle to the bytes of a descriptor, such as ``store.fetch``."""

_SCHEMA_VERSION = 2
_MOST_LAYERS = 10_000


class Manifest(Frozen, kw_only=True):
    """A manifest; ``where`` names it in messages. ``media_type`` is what it says itself, which is optional in OCI."""

    where: str
    media_type: str | None
    artifact_type: str | None
    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str]


def read_manifest(root: Descriptor, fetch: Fetch, where: str | None = None) -> Manifest:
    """Read and verify the manifest that a descriptor names; ``where`` names it in errors if not its digest shall.

    Raises:
        FormatError: if it is not a manifest, larger than 4 MiB, or malformed.
        IntegrityError: if size or digest differ.
        NotFoundError: if it is not there.
    """
    where = where or f"artifact {root.digest.short}"
    if root.media_type in INDEXES:
        hint = "olbuild index ls lists its variants; name one of its artifacts by its digest"
        raise FormatError(f"{where} is an index of several artifacts", hint=hint)
    if root.media_type not in MANIFESTS:
        raise FormatError(f"{where} is of the type {root.media_type[:100]!r}, which is not a manifest")
    document = decode_json(read_verified(fetch(root), root, where), where)
    if not isinstance(document, dict) or document.get("schemaVersion") != _SCHEMA_VERSION:
        raise FormatError(f"{where} is not a manifest of schemaVersion {_SCHEMA_VERSION}")
    media_type = document.get("mediaType")
    if media_type is not None and media_type != root.media_type:
        raise FormatError(f"{where} says it is {str(media_type)[:100]!r} and was announced as {root.media_type!r}")
    artifact_type = document.get("artifactType")
    if artifact_type is not None and not isinstance(artifact_type, str):
        raise FormatError(f"{where}: artifactType is not text")
    layers = document.get("layers")
    if not isinstance(layers, list) or len(layers) > _MOST_LAYERS:
        raise FormatError(f"{where}: layers is not a list of at most {_MOST_LAYERS} descriptors")
    return Manifest(
        where=where,
        media_type=root.media_type if media_type is not None else None,
        artifact_type=artifact_type or None,
        config=Descriptor.from_json(document.get("config"), f"{where}: config"),
        layers=tuple(Descriptor.from_json(item, f"{where}: layers[{index}]") for index, item in enumerate(layers)),
        annotations=text_map(document.get("annotations"), f"{where}: annotations"),
    )


def image_graph(
    config: Node,
    layers: Sequence[Node],
    *,
    artifact_type: str | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Graph:
    """Write the manifest of a config and layers; its descriptor is the root.

    Raises:
        FormatError: if it is larger than registries take.
        ValueError: if a text is not valid Unicode.
    """
    document: dict[str, Json] = {
        "schemaVersion": _SCHEMA_VERSION,
        "mediaType": MediaType.OCI_MANIFEST.value,
        "config": config.descriptor.to_json(),
        "layers": [node.descriptor.to_json() for node in layers],
    }
    if artifact_type is not None:
        document["artifactType"] = str(artifact_type)
    if annotations:
        document["annotations"] = dict(annotations)
    return manifest_graph(canonical_json(document), MediaType.OCI_MANIFEST, (config, *layers), artifact_type)


def manifest_graph(data: bytes, media_type: str, children: Iterable[Node], artifact_type: str | None = None) -> Graph:
    """Return the graph of a manifest that is written already; what its children share is in it once.

    Raises:
        FormatError: if the manifest is larger than registries take.
    """
    if len(data) > MANIFEST_LIMIT:
        raise FormatError(f"the manifest has {len(data)} bytes, and registries take {MANIFEST_LIMIT}")
    root = Descriptor(media_type=media_type, digest=Digest.of(data), size=len(data), artifact_type=artifact_type)
    below = {node.descriptor.digest: node for node in children}
    return Graph((*below.values(), Node(root, BytesContent(data))))

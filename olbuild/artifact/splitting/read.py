"""Read a split manifest: strictly, because what it says is believed before a byte of the weights arrives."""

from __future__ import annotations

import re
from collections.abc import Mapping

from olbuild.artifact.profiles import Fetch
from olbuild.artifact.profiles.manifest import read_manifest
from olbuild.artifact.splitting import words
from olbuild.core.content import Descriptor, decode_json, read_verified, successors
from olbuild.core.errors import FormatError
from olbuild.core.names import MANIFESTS, Digest, MediaType
from olbuild.core.records import Frozen

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


class Whole(Frozen, kw_only=True):
    """What a split manifest stands for.

    ``manifest`` and ``data`` are the whole manifest, ``parts`` the parts of each layer that has some, by its digest and
    in their order; ``split`` is the manifest that all this was read from.
    """

    manifest: Descriptor
    data: bytes
    parts: Mapping[Digest, tuple[Descriptor, ...]]
    split: Descriptor


def is_split(root: Descriptor, fetch: Fetch) -> bool:
    """Whether a descriptor is of a split manifest, by the artifact type that the manifest states.

    Raises:
        FormatError, IntegrityError, NotFoundError: if the manifest cannot be read.
    """
    if root.media_type not in MANIFESTS:
        return False
    where = f"artifact {root.digest.short}"
    document = decode_json(read_verified(fetch(root), root, where), where)
    return isinstance(document, dict) and document.get("artifactType") == MediaType.SPLIT_ARTIFACT


def read_whole(root: Descriptor, fetch: Fetch) -> Whole:
    """Read what a split manifest stands for. Parts are not read.

    Raises:
        FormatError: if it is no split manifest, or its parts are not exactly the whole manifest's layers.
        IntegrityError: if size or digest of something that is read differ.
        NotFoundError: if something is missing.
    """
    manifest = read_manifest(root, fetch)
    where = manifest.where
    if manifest.artifact_type != MediaType.SPLIT_ARTIFACT or root.media_type != MediaType.OCI_MANIFEST:
        raise FormatError(f"{where} is not a split artifact")
    if manifest.config.media_type != MediaType.SPLIT_WHOLE:
        raise FormatError(f"{where}: config.mediaType is not {MediaType.SPLIT_WHOLE.value}")
    if manifest.annotations.get(words.WHOLE) != str(manifest.config.digest):
        raise FormatError(f"{where}: {words.WHOLE} is not the digest of the config, which is the whole manifest")
    data = read_verified(fetch(manifest.config), manifest.config, f"{where}: config")
    whole, children = _whole(manifest.config, data, f"{where}: config")
    return Whole(manifest=whole, data=data, parts=_match(children, manifest.layers, where), split=root)


def _whole(config: Descriptor, data: bytes, where: str) -> tuple[Descriptor, tuple[Descriptor, ...]]:
    """Return the descriptor of the whole manifest, and what it names."""
    document = decode_json(data, where)
    if not isinstance(document, dict):
        raise FormatError(f"{where} is not a manifest")
    media_type = document.get("mediaType", MediaType.OCI_MANIFEST.value)  # which OCI's manifests may leave out
    artifact_type = document.get("artifactType")
    if not isinstance(media_type, str) or media_type not in MANIFESTS:
        raise FormatError(f"{where} does not say that it is a manifest: mediaType is {str(media_type)[:100]!r}")
    if artifact_type is not None and not isinstance(artifact_type, str):
        raise FormatError(f"{where}: artifactType is not text")
    if artifact_type == MediaType.SPLIT_ARTIFACT:
        raise FormatError(f"{where} is a split manifest itself")
    whole = Descriptor(
        media_type=media_type, digest=config.digest, size=config.size, artifact_type=artifact_type or None
    )
    return whole, successors(whole, data, where)


def _match(
    children: tuple[Descriptor, ...], layers: tuple[Descriptor, ...], where: str
) -> dict[Digest, tuple[Descriptor, ...]]:
    """Find each child of the whole manifest among the layers, as it is or in parts, in the same order."""
    parts: dict[Digest, tuple[Descriptor, ...]] = {}
    position = 0
    for child in children:
        begin = position
        if position < len(layers) and words.OF not in layers[position].annotations:
            _check_same(layers[position], child, f"{where}: layers[{position}]")
            position += 1
            continue
        offset = 0
        while offset < child.size and position < len(layers):
            offset += _check_part(layers[position], child, offset, f"{where}: layers[{position}]")
            position += 1
        if offset != child.size or position == begin:
            raise FormatError(f"{where}: the parts of {child.digest} end at {offset} of {child.size} bytes")
        found = layers[begin:position]
        if parts.setdefault(child.digest, found) != found:
            raise FormatError(f"{where}: {child.digest} is split in two ways")
    if position != len(layers):
        raise FormatError(f"{where}: layers[{position}] is nothing that the whole manifest names")
    return parts


def _check_same(layer: Descriptor, child: Descriptor, where: str) -> None:
    if (layer.digest, layer.size, layer.media_type) != (child.digest, child.size, child.media_type):
        raise FormatError(f"{where} is not {child.digest}, which the whole manifest names in its place")


def _check_part(part: Descriptor, child: Descriptor, offset: int, where: str) -> int:
    """Check one part of a layer, and return its size."""
    stated = part.annotations
    if part.media_type != MediaType.SPLIT_PART:
        raise FormatError(f"{where} is of the type {part.media_type[:100]!r} and not {MediaType.SPLIT_PART.value!r}")
    if stated.get(words.OF) != str(child.digest):
        raise FormatError(f"{where} is no part of {child.digest}, which the whole manifest names in its place")
    if _number(stated.get(words.SIZE)) != child.size:
        raise FormatError(f"{where}: {words.SIZE} is not the size of {child.digest}, {child.size}")
    if _number(stated.get(words.OFFSET)) != offset:
        raise FormatError(f"{where}: {words.OFFSET} is not {offset}, where the part before it ends")
    if not 0 < part.size <= child.size - offset:
        raise FormatError(f"{where} has {part.size} bytes, and {child.size - offset} are left of {child.digest}")
    return part.size


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and _NUMBER.fullmatch(text) else None

"""Read an index of variants, strictly: what it says decides what is fetched."""

from __future__ import annotations

import re

from olbuild.artifact.profiles import Fetch
from olbuild.artifact.variants import model as words
from olbuild.artifact.variants.model import Variant
from olbuild.core.content import Descriptor, decode_json, read_verified
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError
from olbuild.core.names import INDEXES, MANIFESTS, MediaType
from olbuild.core.records import replace

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_KNOWN = {words.NAME, words.QUANTIZATION, words.PARAMETERS, words.SIZE, words.MEMORY}
_OWN = "dev.olbuild."


def is_variants(root: Descriptor, fetch: Fetch) -> bool:
    """Whether a descriptor is of an index of variants.

    The artifact type that the index states says it. Where there is none the entries do: tools that are older than this
    field leave it out when they copy an index (skopeo 1.9), and keep annotations.

    Raises:
        FormatError, IntegrityError, NotFoundError: if the index cannot be read.
    """
    if root.media_type not in INDEXES:
        return False
    where = f"index {root.digest.short}"
    document = decode_json(read_verified(fetch(root), root, where), where)
    return isinstance(document, dict) and _is_of_variants(document)


def read_variants(root: Descriptor, fetch: Fetch) -> tuple[Variant, ...]:
    """Read an index of variants, in its order: what takes most memory first.

    Raises:
        FormatError: if it is none, or malformed.
        IntegrityError: if size or digest differ.
        NotFoundError: if it is not there.
    """
    where = f"index {root.digest.short}"
    return parse_variants(read_verified(fetch(root), root, where), where)


def parse_variants(data: bytes, where: str) -> tuple[Variant, ...]:
    """Read the bytes of an index of variants; ``where`` names it in errors.

    Raises:
        FormatError: if it is none, or malformed.
    """
    document = decode_json(data, where)
    if not isinstance(document, dict) or document.get("schemaVersion") != 2:  # noqa: PLR2004 - the only one of OCI's
        raise FormatError(f"{where} is not an index of schemaVersion 2")
    if document.get("mediaType") != MediaType.OCI_INDEX:
        raise FormatError(f"{where}: mediaType is not {MediaType.OCI_INDEX.value}")
    if not _is_of_variants(document):
        raise FormatError(
            f"{where} is not an index of variants: artifactType is not {MediaType.VARIANTS_ARTIFACT.value}"
        )
    entries = document.get("manifests")
    if not isinstance(entries, list) or not 0 < len(entries) <= words.MOST:
        raise FormatError(f"{where}: manifests is not a list of 1 to {words.MOST} descriptors")
    variants = tuple(_variant(entry, f"{where}: manifests[{index}]") for index, entry in enumerate(entries))
    if len({variant.name.casefold() for variant in variants}) < len(variants):
        raise FormatError(f"{where}: two variants have one name")
    if len({variant.manifest.digest for variant in variants}) < len(variants):
        raise FormatError(f"{where}: two variants are one artifact")
    if list(variants) != sorted(variants, key=lambda variant: variant.place):
        raise FormatError(f"{where}: manifests are not in order: what takes most memory is first")
    return variants


def _is_of_variants(document: dict[str, Json]) -> bool:
    if "artifactType" in document:
        return document["artifactType"] == MediaType.VARIANTS_ARTIFACT
    entries = document.get("manifests")
    return isinstance(entries, list) and bool(entries) and all(_has_name(entry) for entry in entries)


def _has_name(entry: Json) -> bool:
    annotations = entry.get("annotations") if isinstance(entry, dict) else None
    return isinstance(annotations, dict) and words.NAME in annotations


def _variant(entry: Json, where: str) -> Variant:
    manifest = Descriptor.from_json(entry, where)
    stated = manifest.annotations
    if manifest.media_type not in MANIFESTS:
        raise FormatError(f"{where} is of the type {manifest.media_type[:100]!r}, which is no manifest")
    if isinstance(entry, dict) and "platform" in entry:
        raise FormatError(f"{where} has a platform, and a model has none")
    for key in stated:
        if key.startswith(_OWN) and key not in _KNOWN:
            raise FormatError(
                f"{where} has the unknown annotation {key[:100]!r}", hint="it was made by a newer olbuild"
            )
    name = stated.get(words.NAME, "")
    if not words.IS_NAME.fullmatch(name):
        raise FormatError(f"{where}: {words.NAME} is {name[:100]!a}, which is no name of a variant")
    quantization = stated.get(words.QUANTIZATION)
    if quantization is not None and not words.IS_NAME.fullmatch(quantization):
        raise FormatError(f"{where}: {words.QUANTIZATION} is {quantization[:100]!a}, which is no type of weights")
    size, memory = _number(stated, words.SIZE, where), _number(stated, words.MEMORY, where)
    if memory < size:
        raise FormatError(f"{where}: {words.MEMORY} is less than {words.SIZE}")
    return Variant(
        name=name,
        manifest=replace(manifest, annotations={}),
        size=size,
        memory=memory,
        quantization=quantization,
        parameters=_number(stated, words.PARAMETERS, where) if words.PARAMETERS in stated else None,
    )


def _number(stated: object, key: str, where: str) -> int:
    text = stated.get(key, "") if isinstance(stated, dict) else ""
    if not _NUMBER.fullmatch(text):
        raise FormatError(f"{where}: {key} is {text[:100]!a}, which is no whole number")
    return int(text)

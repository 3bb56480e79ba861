"""The document ``index.json`` of an image layout (OCI image-spec, ``image-layout.md``): read, asked, changed.

Entries and keys of others are kept as they are. Functions take and return documents; none touches a file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TypeAlias

from olbuild.core.content import Descriptor, decode_json
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError, NotFoundError, ResourceError, UsageError
from olbuild.core.names import Digest, MediaType, is_attached
from olbuild.core.records import replace

REF_NAME = "org.opencontainers.image.ref.name"
LARGEST = 16 << 20
"""The largest ``index.json`` that is read, in bytes; about fifty thousand names."""

Document: TypeAlias = "dict[str, Json]"

_OTHER_ALGORITHM = re.compile(r"sha512:[0-9a-f]{128}|sha384:[0-9a-f]{96}|blake3:[0-9a-f]{64}")
_MOST_SHOWN = 5
_NOT_A_NAME = re.compile(r"[\x00-\x20\x7f]")


def empty() -> Document:
    """Return the index of a layout without artifacts."""
    return {"schemaVersion": 2, "mediaType": MediaType.OCI_INDEX.value, "manifests": []}


def parse(data: bytes, where: str) -> Document:
    """Read an index; ``where`` names it in errors.

    Raises:
        FormatError: if it is no image index.
    """
    if len(data) > LARGEST:
        raise FormatError(f"{where} is larger than {LARGEST} bytes")
    document = decode_json(data, where)
    if not isinstance(document, dict):
        raise FormatError(f"{where} is not a JSON object")
    if document.get("schemaVersion") != 2:  # noqa: PLR2004 - the only version there is
        raise FormatError(f"{where}: schemaVersion is {document.get('schemaVersion')!r:.100} and must be 2")
    stated = document.get("mediaType")
    if stated is not None and stated != MediaType.OCI_INDEX:
        raise FormatError(f"{where}: mediaType is {stated!r:.100} and must be {MediaType.OCI_INDEX}")
    if not isinstance(document.get("manifests"), list):
        raise FormatError(f"{where}: manifests is not a list")
    return document


def encode(document: Document, where: str) -> bytes:
    """Write an index.

    Raises:
        FormatError: if an entry of others holds a number that JSON cannot express.
        ResourceError: if it would be too large to be read again.
    """
    try:
        data = json.dumps(document, allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{where} cannot be written again: {error}") from error
    if len(data) > LARGEST:
        raise ResourceError(f"{where} would be larger than {LARGEST} bytes", hint="remove names that are not needed")
    return data


def descriptors(document: Document, where: str) -> Iterator[tuple[str | None, Descriptor]]:
    """Walk the entries with their names. Entries with a digest of another algorithm are passed over.

    Raises:
        FormatError: at an entry that is no descriptor.
    """
    for number, entry in enumerate(_entries(document)):
        place = f"{where}: manifests[{number}]"
        if isinstance(entry, dict):
            digest = entry.get("digest")
            if isinstance(digest, str) and _OTHER_ALGORITHM.fullmatch(digest):
                continue
        yield _name(entry), _descriptor(entry, place)


def find(document: Document, name: str, where: str) -> Descriptor | None:
    """Return what a name stands for.

    Raises:
        FormatError: if its entry is no descriptor, or two entries of that name differ: tools disagree which one counts.
    """
    found: Descriptor | None = None
    for number, entry in enumerate(_entries(document)):
        if _name(entry) != name:
            continue
        descriptor = _descriptor(entry, f"{where}: manifests[{number}]")
        if found is not None and found.digest != descriptor.digest:
            raise FormatError(
                f"{where}: the name {name!r} stands for {found.digest} and for {descriptor.digest}",
                hint="name one of them by its digest",
            )
        found = found or descriptor
    return found


def only_name(document: Document, where: str, label: str) -> str:
    """Return the name of the only artifact, or its digest if it has none.

    Names of what belongs to another artifact, such as signatures, do not count.

    Raises:
        NotFoundError: if there is no artifact, or more than one.
    """
    listed = tuple(descriptors(document, where))
    named = {name for name, _ in listed if name and not is_attached(name)}
    found = sorted(named or {str(entry.digest) for name, entry in listed if not name})
    if len(found) != 1:
        shown = ", ".join(found[:_MOST_SHOWN]) + (", …" if len(found) > _MOST_SHOWN else "")
        raise NotFoundError(
            f"{label} has {len(found)} artifacts, and which one is meant was not said"
            if found
            else f"{label} is empty",
            hint=f"it has {shown}" if found else None,
        )
    return found[0]


def with_name(document: Document, descriptor: Descriptor, name: str) -> Document:
    """Return the index with one entry of that name. An entry of the same content and name keeps its other keys.

    Raises:
        UsageError: if the text cannot be a name.
    """
    if not name or _NOT_A_NAME.search(name):
        raise UsageError(f"{name!r:.100} cannot be a name in an image layout")
    before: dict[str, Json] = {}
    kept: list[Json] = []
    for other in _entries(document):
        if _name(other) != name:
            kept.append(other)
        elif isinstance(other, dict) and other.get("digest") == str(descriptor.digest):
            before = other
    noted = before.get("annotations")
    annotations: dict[str, Json] = {**(noted if isinstance(noted, dict) else {}), **descriptor.annotations}
    entry: Json = {**before, **descriptor.to_json(), "annotations": {**annotations, REF_NAME: name}}
    return {**document, "manifests": [*kept, entry]}


def with_unnamed(document: Document, descriptor: Descriptor) -> Document:
    """Return the index with an entry of that content, without a name unless it has one already."""
    known = (entry.get("digest") for entry in _entries(document) if isinstance(entry, dict))
    if str(descriptor.digest) in known:
        return document
    return {**document, "manifests": [*_entries(document), descriptor.to_json()]}


def without_name(document: Document, name: str) -> Document:
    """Return the index without the entries of that name."""
    return {**document, "manifests": [entry for entry in _entries(document) if _name(entry) != name]}


def without_digest(document: Document, digest: Digest) -> Document:
    """Return the index without the entries of that content."""
    kept = [each for each in _entries(document) if not (isinstance(each, dict) and each.get("digest") == str(digest))]
    return {**document, "manifests": kept}


def _entries(document: Document) -> list[Json]:
    listed = document["manifests"]
    return listed if isinstance(listed, list) else []


def _descriptor(entry: Json, place: str) -> Descriptor:
    """Read an entry without its name, which is the index's and not the artifact's."""
    descriptor = Descriptor.from_json(entry, place)
    others = {key: value for key, value in descriptor.annotations.items() if key != REF_NAME}
    return replace(descriptor, annotations=others)


def _name(entry: Json) -> str | None:
    annotations = entry.get("annotations") if isinstance(entry, dict) else None
    name = annotations.get(REF_NAME) if isinstance(annotations, dict) else None
    return name if isinstance(name, str) else None

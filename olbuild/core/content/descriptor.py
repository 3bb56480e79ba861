"""Content descriptors (OCI image-spec, ``descriptor.md``)."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import field

from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError
from olbuild.core.names import Digest
from olbuild.core.records import Frozen

_LARGEST = (1 << 63) - 1


class Descriptor(Frozen, kw_only=True):
    """Media type, digest and size of some content, with annotations. Size is in bytes."""

    media_type: str
    digest: Digest
    size: int
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)

    def __hash__(self) -> int:
        """Leave out what cannot be hashed."""
        return hash(self.digest)

    @classmethod
    def of(cls, media_type: str, data: bytes, **annotations: str) -> Descriptor:
        """Describe some bytes."""
        return cls(media_type=media_type, digest=Digest.of(data), size=len(data), annotations=annotations)

    def to_json(self) -> dict[str, Json]:
        """Return the descriptor as it stands in a manifest; empty fields are left out."""
        document: dict[str, Json] = {
            "mediaType": str(self.media_type),
            "digest": str(self.digest),
            "size": self.size,
        }
        if self.artifact_type:
            document["artifactType"] = self.artifact_type
        if self.annotations:
            document["annotations"] = dict(self.annotations)
        return document

    @classmethod
    def from_json(cls, value: Json, where: str) -> Descriptor:
        """Read a descriptor strictly; ``where`` names its place in errors. Unknown keys are ignored.

        Raises:
            FormatError: if a field is missing or of the wrong shape.
        """
        if not isinstance(value, dict):
            raise FormatError(f"{where} is not a descriptor object")
        media_type, digest, size = value.get("mediaType"), value.get("digest"), value.get("size")
        artifact_type, annotations = value.get("artifactType"), value.get("annotations")
        if not isinstance(media_type, str) or not media_type:
            raise FormatError(f"{where}.mediaType is missing or not text")
        if not isinstance(digest, str):
            raise FormatError(f"{where}.digest is missing or not text")
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= _LARGEST:
            raise FormatError(f"{where}.size is missing or not a size in bytes")
        if artifact_type is not None and not isinstance(artifact_type, str):
            raise FormatError(f"{where}.artifactType is not text")
        return cls(
            media_type=media_type,
            digest=Digest.parse(digest),
            size=size,
            artifact_type=artifact_type or None,
            annotations=text_map(annotations, f"{where}.annotations"),
        )


def text_map(value: Json, where: str) -> Mapping[str, str]:
    """Read a JSON object whose values are all text, such as annotations; ``null`` is empty.

    Raises:
        FormatError: if it is anything else.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FormatError(f"{where} is not an object")
    result: dict[str, str] = {}
    for key, item in value.items():
        if not isinstance(item, str):
            raise FormatError(f"{where}[{key[:100]!r}] is not text")
        result[key] = item
    return result

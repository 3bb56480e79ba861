"""Write an index of variants. The same variants give the same bytes, in whatever order they are named."""

from __future__ import annotations

from collections.abc import Iterable

from olbuild.artifact.variants import model as words
from olbuild.artifact.variants.model import Variant
from olbuild.artifact.variants.read import parse_variants
from olbuild.core.content import BytesContent, Descriptor, Node, canonical_json
from olbuild.core.content.canonical import Json
from olbuild.core.errors import UsageError
from olbuild.core.names import Digest, MediaType
from olbuild.core.records import replace


def write_variants(variants: Iterable[Variant]) -> Node:
    """Write an index. Whoever stores it stores the artifacts first.

    Raises:
        UsageError: if two variants have one name or are one artifact, or there are none or too many.
    """
    ordered = sorted(variants, key=lambda variant: variant.place)
    if not 0 < len(ordered) <= words.MOST:
        raise UsageError(f"an index has 1 to {words.MOST} variants, and not {len(ordered)}")
    names: dict[str, Variant] = {}
    digests: dict[Digest, Variant] = {}
    for variant in ordered:
        if names.setdefault(variant.name.casefold(), variant) is not variant:
            raise UsageError(
                f"two variants have the name {variant.name}",
                hint=f"name one of them otherwise: x{variant.name}=ARTIFACT",
            )
        other = digests.setdefault(variant.manifest.digest, variant)
        if other is not variant:
            raise UsageError(f"the variants {other.name} and {variant.name} are the same artifact")
    data = canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": MediaType.OCI_INDEX.value,
            "artifactType": MediaType.VARIANTS_ARTIFACT.value,
            "manifests": [_entry(variant) for variant in ordered],
        }
    )
    parse_variants(data, "the index")  # nothing is written against the rules
    described = Descriptor(
        media_type=MediaType.OCI_INDEX,
        digest=Digest.of(data),
        size=len(data),
        artifact_type=MediaType.VARIANTS_ARTIFACT,
    )
    return Node(described, BytesContent(data))


def _entry(variant: Variant) -> dict[str, Json]:
    stated = {
        words.NAME: variant.name,
        words.QUANTIZATION: variant.quantization,
        words.PARAMETERS: str(variant.parameters) if variant.parameters is not None else None,
        words.SIZE: str(variant.size),
        words.MEMORY: str(variant.memory),
    }
    annotations = {key: value for key, value in stated.items() if value is not None}
    return replace(variant.manifest, annotations=annotations).to_json()

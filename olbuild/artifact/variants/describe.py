"""What an index will say of an artifact: from the headers of its files."""

from __future__ import annotations

from olbuild.artifact.bundle import Bundle
from olbuild.artifact.variants.memory import required_memory
from olbuild.artifact.variants.model import IS_NAME, Variant
from olbuild.artifact.weights import require_gguf
from olbuild.artifact.weights.gguf import describe, read_header
from olbuild.core.content import Descriptor
from olbuild.core.errors import UsageError


def describe_variant(manifest: Descriptor, bundle: Bundle, where: str, name: str | None = None) -> Variant:
    """Describe an artifact as a variant. The headers of its weights are read.

    Args:
        manifest: descriptor of its manifest.
        bundle: what the manifest holds.
        where: what messages call it.
        name: what it is chosen by; its quantisation if left out.

    Raises:
        FormatError: if its weights are no GGUF files.
        UsageError: if it cannot have the name, or has none.
    """
    require_gguf(bundle, where)
    headers = [read_header(blob.content, f"{where}: {blob.digest.short}") for blob in bundle.weights]
    metadata = describe(headers)
    chosen_by = name or metadata.quantization
    if chosen_by is None or not IS_NAME.fullmatch(chosen_by):
        raise UsageError(
            f"{where} cannot be a variant of the name {(chosen_by or '')[:100]!r}",
            hint="write NAME=ARTIFACT with letters, digits, '.', '_' and '-'",
        )
    size = sum(blob.size for blob in bundle.blobs)
    return Variant(
        name=chosen_by,
        manifest=Descriptor(
            media_type=manifest.media_type,
            digest=manifest.digest,
            size=manifest.size,
            artifact_type=manifest.artifact_type,
        ),
        size=size,
        memory=required_memory(headers[0], size),
        quantization=metadata.quantization,
        parameters=metadata.parameters,
    )

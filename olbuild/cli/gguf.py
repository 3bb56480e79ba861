"""Headers of GGUF files, shown to people and as JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from olbuild.cli.wording import short

if TYPE_CHECKING:
    from olbuild.api.inspection import File
    from olbuild.artifact.weights.gguf import Header


def rows_of(file: File) -> list[tuple[str, str]]:
    """Return a row for each piece of metadata, in the order of the file, and what tensors there are."""
    header = file.header
    rows = [(key, short(_shown(value))) for key, value in header.metadata.items()]
    rows += [(key, f"{place.count} of {place.type.name.lower()}") for key, place in header.arrays.items()]
    kinds = Counter(tensor.type.name for tensor in header.tensors)
    counted = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return [("GGUF version", str(header.version)), *rows, ("tensors", f"{len(header.tensors)} ({counted})")]


def document_of(file: File) -> dict[str, object]:
    """Return a header as JSON; of arrays the types and lengths, because a vocabulary is long."""
    header: Header = file.header
    return {
        "role": file.blob.role.value,
        "digest": str(file.blob.digest),
        "size": file.blob.size,
        "version": header.version,
        "metadata": dict(header.metadata),
        "arrays": {
            key: {"type": place.type.name.lower(), "count": place.count} for key, place in header.arrays.items()
        },
        "tensors": [
            {"name": tensor.name, "type": tensor.type.name, "shape": list(tensor.shape)} for tensor in header.tensors
        ],
    }


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

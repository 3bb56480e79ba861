"""What differs between two GGUF files, as far as their headers say it."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.artifact.bundle.compare import Change, Section
from olbuild.artifact.weights.gguf import Header, Tensor


def compare_headers(name: str, before: Header, after: Header) -> tuple[Change, ...]:
    """Return the metadata that differs, and the tensors that were added, removed, retyped or reshaped.

    ``name`` is what the file is called in the names of changes.
    """
    return (
        *_differing("header", name, _metadata(before), _metadata(after)),
        *_differing("tensor", name, _tensors(before), _tensors(after)),
    )


def _differing(section: Section, name: str, before: dict[str, str], after: dict[str, str]) -> Iterator[Change]:
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key):
            yield Change(section=section, name=f"{name} {key}", before=before.get(key), after=after.get(key))


def _metadata(header: Header) -> dict[str, str]:
    """Return values as texts; of arrays the type and the length, because a vocabulary is long."""
    arrays = {key: f"{place.count} of {place.type.name.lower()}" for key, place in header.arrays.items()}
    return {key: str(value) for key, value in header.metadata.items()} | arrays


def _tensors(header: Header) -> dict[str, str]:
    return {tensor.name: _shown(tensor) for tensor in header.tensors}


def _shown(tensor: Tensor) -> str:
    return f"{tensor.type.name} [{', '.join(map(str, tensor.shape))}]"

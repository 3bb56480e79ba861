"""Metadata of a bundle, from the headers of its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from olbuild.artifact.bundle import Metadata
from olbuild.artifact.weights.gguf.header import Header
from olbuild.artifact.weights.gguf.types import FILE_TYPES, GUESSED_FILE_TYPE


def describe(weights: Sequence[Header], projectors: Iterable[Header] = ()) -> Metadata:
    """Describe a model by the headers of its shards, in their order, and of its projectors.

    What a header says in the wrong type is passed over: a description is not worth refusing a model that runs.
    Without weights only ``vision`` and ``audio`` are filled in.
    """
    projectors = tuple(projectors)
    vision = any(_flag(header, "clip.has_vision_encoder", "clip.vision.block_count") for header in projectors)
    audio = any(_flag(header, "clip.has_audio_encoder", "clip.audio.block_count") for header in projectors)
    if not weights:
        return Metadata(vision=vision, audio=audio)
    first = weights[0]
    architecture = _text(first, "general.architecture")
    return Metadata(
        architecture=architecture,
        name=_text(first, "general.name"),
        parameters=sum(tensor.elements for header in weights for tensor in header.tensors) or None,
        quantization=_quantization(weights),
        context_length=_integer(first, f"{architecture}.context_length"),
        licenses=_texts(first, "general.license"),
        languages=_texts(first, "general.languages"),
        embedding=_integer(first, f"{architecture}.pooling_type") is not None,
        vision=vision or _flag(first, f"{architecture}.vision.block_count"),
        audio=audio or _flag(first, f"{architecture}.audio.block_count"),
    )


def _quantization(weights: Sequence[Header]) -> str | None:
    """Name the file type; if the header states none that is known, the type of most elements in matrices."""
    stated = _integer(weights[0], "general.file_type")
    if stated is not None and stated & ~GUESSED_FILE_TYPE in FILE_TYPES:
        return FILE_TYPES[stated & ~GUESSED_FILE_TYPE]
    elements: Counter[str] = Counter()
    for header in weights:
        for tensor in header.tensors:
            if len(tensor.shape) > 1:  # vectors stay F32 in every file type
                elements[tensor.type.name] += tensor.elements
    # Not most_common: what wins among equals must not depend on the order of tensors.
    return min(elements, key=lambda name: (-elements[name], name), default=None)


def _text(header: Header, key: str) -> str | None:
    value = header.metadata.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _integer(header: Header, key: str) -> int | None:
    value = header.metadata.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flag(header: Header, *keys: str) -> bool:
    return any(bool(header.metadata.get(key)) for key in keys)


def _texts(header: Header, key: str) -> tuple[str, ...]:
    single = _text(header, key)
    if single is not None:
        return (single,)
    place = header.arrays.get(key)
    if place is None or place.size > 1 << 16:
        return ()
    return tuple(value for value in header.array(key) or () if isinstance(value, str) and value)

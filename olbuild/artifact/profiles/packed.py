"""Models whose files are packed: in tar layers, as images and some tools have them. Pure: unpacking is done elsewhere.

Whoever wants to use such a model unpacks the files that ``wants`` names, stores them, and gives their digests to
``read_files``. What is read then is a model like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from olbuild.artifact.profiles.manifest import Manifest
from olbuild.artifact.profiles.modelpack import vocabulary as words
from olbuild.core.content import Descriptor
from olbuild.core.names import Digest
from olbuild.core.records import Frozen

_ENDINGS = (".tar", ".tar+gzip", ".tar.gzip", ".tar+zstd")

LARGEST_OTHER = words.TEXT_LIMIT
"""The largest file, in bytes, that is unpacked although it is no GGUF file."""


class PackedFile(Frozen, kw_only=True):
    """A file that was unpacked and stored: the number of its layer, its path there, digest, and size in bytes."""

    layer: int
    path: str
    digest: Digest
    size: int


def is_tar(media_type: str) -> bool:
    """Whether a layer is a tar archive, compressed or not, by the end of its media type."""
    return media_type.endswith(_ENDINGS)


def unpacked(
    manifest: Manifest, files: Sequence[PackedFile], type_of: Callable[[Descriptor], str | None]
) -> tuple[Descriptor, ...]:
    """Return the layers of a manifest with raw files in the places of tar layers.

    ``type_of`` gives the media type of the files of a layer, or ``None`` for a layer that stays what it is.
    """
    return tuple(_unpacked(manifest, files, type_of))


def _unpacked(
    manifest: Manifest, files: Sequence[PackedFile], type_of: Callable[[Descriptor], str | None]
) -> Iterator[Descriptor]:
    held = by_layer(files)
    for number, layer in enumerate(manifest.layers):
        media_type = type_of(layer)
        if media_type is None:
            yield layer
            continue
        for file in held.get(number, ()):
            yield raw_file(media_type, file, file.path)


def by_layer(files: Sequence[PackedFile]) -> dict[int, list[PackedFile]]:
    """Group files by the numbers of their layers, in their order."""
    held: dict[int, list[PackedFile]] = {}
    for file in files:
        held.setdefault(file.layer, []).append(file)
    return held


def raw_file(media_type: str, file: PackedFile, path: str) -> Descriptor:
    """Describe an unpacked file as a layer of its own."""
    return Descriptor(
        media_type=media_type, digest=file.digest, size=file.size, annotations={words.FILEPATH: path, words.TITLE: path}
    )

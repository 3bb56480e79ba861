"""ModelPack artifacts with tar layers, as modctl writes them with ``--raw=false``, and AIKit."""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles.manifest import Fetch, Manifest
from olbuild.artifact.profiles.modelpack import vocabulary as words
from olbuild.artifact.profiles.modelpack.foreign import read_foreign
from olbuild.artifact.profiles.packed import PackedFile, is_tar, unpacked
from olbuild.core.content import Descriptor
from olbuild.core.names import MediaType
from olbuild.core.records import replace

# Code and datasets stay packed: nothing here looks into them.
_TYPES = (MediaType.MODEL_WEIGHT, MediaType.MODEL_WEIGHT_CONFIG, MediaType.MODEL_DOC)


def packed(manifest: Manifest) -> bool:
    """Whether weights are in a tar layer."""
    return any(
        _type(layer) == MediaType.MODEL_WEIGHT and words.ROLE not in layer.annotations for layer in manifest.layers
    )


def wants(layer: Descriptor, _path: str) -> bool:
    """Whether a file of a layer belongs to the model."""
    return _type(layer) is not None


def read_files(manifest: Manifest, files: Sequence[PackedFile], fetch: Fetch) -> Bundle:
    """Read the bundle of an artifact whose files were unpacked; errors are those of ``read_layers``."""
    return read_foreign(replace(manifest, layers=unpacked(manifest, files, _type)), fetch)


def _type(layer: Descriptor) -> str | None:
    """Return the type of the files in a tar layer: ``…weight.v1.raw`` for ``…weight.v1.tar+gzip``."""
    if not is_tar(layer.media_type):
        return None
    return next((raw for raw in _TYPES if layer.media_type.startswith(raw.removesuffix("raw") + "tar")), None)

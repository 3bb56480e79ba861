"""Artifacts of any other type that hold a GGUF file: as a layer, known by its first bytes, or in a tar layer."""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles.manifest import Fetch, Manifest
from olbuild.artifact.profiles.modelpack import vocabulary as words
from olbuild.artifact.profiles.modelpack.foreign import read_foreign
from olbuild.artifact.profiles.modelpack.layers import layer_path
from olbuild.artifact.profiles.packed import PackedFile, is_tar, unpacked
from olbuild.artifact.weights.gguf import is_gguf
from olbuild.core.content import Descriptor
from olbuild.core.errors import FormatError
from olbuild.core.names import MediaType
from olbuild.core.records import replace

name = "anything"

_MOST_LAYERS = 64
"""Layers whose first bytes are read: each may be a question to a registry."""


def recognises(_manifest: Manifest) -> bool:
    """Whether a manifest may hold a model: every one that nobody else recognises."""
    return True


def read_layers(manifest: Manifest, fetch: Fetch) -> Bundle:
    """Read the bundle of an artifact: GGUF files are recognised by their first bytes, and all else is kept.

    Raises:
        FormatError: if there is neither a GGUF file nor a tar layer in which one is likely, or it cannot be used.
    """
    layers = () if _is_own(manifest) else tuple(_typed(layer, fetch) for layer in manifest.layers[:_MOST_LAYERS])
    if not packed(manifest) and not any(layer.media_type == MediaType.MODEL_WEIGHT for layer in layers):
        stated = manifest.artifact_type or manifest.config.media_type
        raise FormatError(
            f"{manifest.where} is of the type {stated[:100]!r}, which is not a model that olbuild reads",
            hint="docs/formats.md says which formats olbuild reads",
        )
    return read_foreign(replace(manifest, layers=(*layers, *manifest.layers[_MOST_LAYERS:])), fetch)


def _is_own(manifest: Manifest) -> bool:
    """Whether layers have annotations of olbuild's: under another type they mean nothing."""
    return any(key.startswith(words.OWN) for layer in manifest.layers for key in layer.annotations)


def packed(manifest: Manifest) -> bool:
    """Whether it has a tar layer, and its types or paths speak of a model: a chart or a policy is none."""
    if not any(is_tar(layer.media_type) for layer in manifest.layers):
        return False
    stated = [manifest.artifact_type or "", manifest.config.media_type]
    stated += [text for layer in manifest.layers for text in (layer.media_type, layer_path(layer) or "")]
    return any("gguf" in text.lower() or ".model" in text.lower() for text in stated)


def wants(layer: Descriptor, _path: str) -> bool:
    """Whether a file of a layer belongs to the model."""
    return is_tar(layer.media_type)


def read_files(manifest: Manifest, files: Sequence[PackedFile], fetch: Fetch) -> Bundle:
    """Read the bundle of an artifact whose files were unpacked; errors are those of ``read_layers``."""
    layers = unpacked(manifest, files, lambda layer: MediaType.MODEL_DOC if is_tar(layer.media_type) else None)
    return read_foreign(replace(manifest, layers=tuple(_typed(layer, fetch) for layer in layers)), fetch)


def _typed(layer: Descriptor, fetch: Fetch) -> Descriptor:
    """Give a GGUF file the type of weights; every other layer stays what it is."""
    return replace(layer, media_type=MediaType.MODEL_WEIGHT) if is_gguf(fetch(layer)) else layer

"""KitOps ModelKits, read (kitops-ml/kitops, ``pkg/lib/constants/consts.go``, ``mediatypes.go``).

A ModelKit has one layer for each entry of its Kitfile: a tar archive, compressed or not, or since 2026 the raw file.
Its config is the Kitfile. Its parameters are free JSON that no tool enforces; they are not interpreted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles.manifest import Fetch, Manifest
from olbuild.artifact.profiles.modelpack import vocabulary as words
from olbuild.artifact.profiles.modelpack.foreign import read_foreign
from olbuild.artifact.profiles.modelpack.layers import layer_path
from olbuild.artifact.profiles.packed import PackedFile, is_tar, unpacked
from olbuild.core.content import Descriptor, decode_json, read_verified
from olbuild.core.names import MediaType
from olbuild.core.records import replace

_ARTIFACT = "application/vnd.kitops.modelkit.manifest.v1+json"
_CONFIG = "application/vnd.kitops.modelkit.config.v1+json"
_LAYER = re.compile(r"application/vnd\.kitops\.modelkit\.(model|modelpart|docs)\.v1\.(raw|tar|tar\+gzip|tar\+zstd)")
_TYPES = {"model": MediaType.MODEL_WEIGHT, "modelpart": MediaType.MODEL_WEIGHT, "docs": MediaType.MODEL_DOC}

name = "kitops"


def recognises(manifest: Manifest) -> bool:
    """Whether a manifest is a ModelKit: by its artifact type, or by the type of its config (before 2026)."""
    return manifest.artifact_type == _ARTIFACT or manifest.config.media_type == _CONFIG


def read_layers(manifest: Manifest, fetch: Fetch) -> Bundle:
    """Read the bundle that a manifest holds; what is packed in it are files that are not looked into."""
    return read_foreign(replace(manifest, layers=_raw(manifest, manifest.layers, fetch)), fetch)


def packed(manifest: Manifest) -> bool:
    """Whether weights are in a tar layer."""
    return any(_type(layer) == MediaType.MODEL_WEIGHT and is_tar(layer.media_type) for layer in manifest.layers)


def wants(layer: Descriptor, _path: str) -> bool:
    """Whether a file of a layer belongs to the model. Code and datasets stay packed: nothing here looks into them."""
    return _type(layer) is not None


def read_files(manifest: Manifest, files: Sequence[PackedFile], fetch: Fetch) -> Bundle:
    """Read the bundle of a ModelKit whose files were unpacked; errors are those of ``read_layers``."""
    layers = unpacked(manifest, files, lambda layer: _type(layer) if is_tar(layer.media_type) else None)
    return read_foreign(replace(manifest, layers=_raw(manifest, layers, fetch)), fetch)


def _type(layer: Descriptor) -> str | None:
    match = _LAYER.fullmatch(layer.media_type)
    return _TYPES[match[1]] if match else None


def _raw(manifest: Manifest, layers: Sequence[Descriptor], fetch: Fetch) -> tuple[Descriptor, ...]:
    """Describe raw layers as ModelPack does, with the paths of the Kitfile; every other one stays what it is."""
    if not any(layer.media_type.endswith(".raw") and _type(layer) for layer in layers):
        return tuple(layers)
    paths = _paths(manifest, fetch)
    return tuple(_described(layer, paths.get(str(layer.digest))) for layer in layers)


def _described(layer: Descriptor, path: str | None) -> Descriptor:
    media_type = None if is_tar(layer.media_type) else _type(layer)
    if media_type is None:
        return layer
    stated = {words.FILEPATH: path} if path is not None and layer_path(layer) is None else {}
    return replace(layer, media_type=media_type, annotations={**layer.annotations, **stated})


def _paths(manifest: Manifest, fetch: Fetch) -> dict[str, str]:
    """Return the paths of a Kitfile by the digests of their layers. What is not as it should be is passed over.

    Raises:
        FormatError: if it is no JSON, or too large.
    """
    where = f"{manifest.where}: config"
    kitfile = decode_json(read_verified(fetch(manifest.config), manifest.config, where), where)
    if not isinstance(kitfile, dict):
        return {}
    model, docs = kitfile.get("model"), kitfile.get("docs")
    parts = model.get("parts") if isinstance(model, dict) else None
    entries = [model, *(parts if isinstance(parts, list) else ()), *(docs if isinstance(docs, list) else ())]
    found: dict[str, str] = {}
    for entry in entries:
        path, digest = (entry.get("path"), entry.get("digest")) if isinstance(entry, dict) else (None, None)
        if isinstance(path, str) and isinstance(digest, str):
            found[digest] = path.removeprefix("./")
    return found

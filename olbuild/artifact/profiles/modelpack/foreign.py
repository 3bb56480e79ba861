"""Read ModelPack artifacts that other tools made: their GGUF files are recognised by their headers.

They have no roles and often no useful config, so that the headers say everything. What has no place in a bundle is
kept as an extra. A model whose weights are not GGUF has extras only: it can be looked at and copied.
"""

from __future__ import annotations

from msgspec import field

from olbuild.artifact.bundle import Base, Blob, Bundle, Extra, Template
from olbuild.artifact.profiles.manifest import Fetch, Manifest
from olbuild.artifact.profiles.modelpack import vocabulary as words
from olbuild.artifact.profiles.modelpack.layers import check_layer_path, refuse_own
from olbuild.artifact.profiles.paths import check_unique
from olbuild.artifact.weights import File, Files, sort_files
from olbuild.artifact.weights.gguf import describe, is_gguf, read_header
from olbuild.core.content import Descriptor, read_verified
from olbuild.core.errors import FormatError
from olbuild.core.names import Digest, MediaType, Role
from olbuild.core.records import Mutable

# Docker Model Runner wrote the second one for a while.
_RAW_WEIGHTS = {MediaType.MODEL_WEIGHT.value, "application/vnd.cncf.model.weight.v1.gguf"}
TEMPLATE = "chat_template.jinja"
_LICENSES = {"license", "license.txt", "license.md"}


class _Found(Mutable):
    """What was found so far."""

    files: list[File[Descriptor]] = field(default_factory=list)
    template: str | None = None
    licenses: list[str] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)


def read_foreign(manifest: Manifest, fetch: Fetch) -> Bundle:
    """Read an artifact without roles. Headers are read through ``fetch``, and not verified until the file is pulled.

    Raises:
        FormatError: if it holds the weights of several models, an annotation of olbuild's, or an unsafe path.
        NotFoundError: if a shard or content is missing.
    """
    if not manifest.layers:
        raise FormatError(f"{manifest.where} has no weights, nor anything else")
    found = _Found()
    paths: list[str] = []
    for index, layer in enumerate(manifest.layers):
        refuse_own(layer, f"{manifest.where}: layers[{index}]")
        path = check_layer_path(layer, f"{manifest.where}: layers[{index}]")
        if path is not None:
            paths.append(path)
        _sort(layer, path, f"{manifest.where}: {path or f'layers[{index}]'}", fetch, found)
    check_unique(paths, manifest.where)
    files = sort_files(found.files)
    return _bundle(manifest, fetch, found, files)


def _bundle(manifest: Manifest, fetch: Fetch, found: _Found, files: Files[Descriptor]) -> Bundle:
    def blobs(role: Role, group: tuple[File[Descriptor], ...]) -> tuple[Blob, ...]:
        layers = (file.source for file in group)
        return tuple(Blob(role=role, digest=layer.digest, size=layer.size, content=fetch(layer)) for layer in layers)

    annotations = manifest.annotations
    created = annotations.get(words.CREATED)
    name, digest = annotations.get(words.BASE_NAME), annotations.get(words.BASE_DIGEST)
    return Bundle(
        weights=blobs(Role.WEIGHTS, files.weights),
        projectors=blobs(Role.PROJECTOR, files.projectors),
        adapters=blobs(Role.ADAPTER, files.adapters),
        template=Template(text=found.template, language="jinja") if found.template else None,
        licenses=tuple(found.licenses),
        metadata=describe([file.header for file in files.weights], [file.header for file in files.projectors]),
        base=Base(name=name, digest=Digest.parse(digest)) if name and digest else None,
        created=created if created and words.is_time(created) else None,
        labels={key: value for key, value in annotations.items() if key and not words.is_reserved(key)},
        extras=tuple(found.extras),
    )


def _sort(layer: Descriptor, path: str | None, where: str, fetch: Fetch, found: _Found) -> None:
    content = fetch(layer)
    name = (path or "").rpartition("/")[2]
    if layer.media_type in _RAW_WEIGHTS and is_gguf(content):
        found.files.append(File(name, read_header(content, where), layer))
    elif layer.media_type == MediaType.MODEL_WEIGHT_CONFIG and name == TEMPLATE and layer.size:
        found.template = _text(layer, where, fetch)
    elif layer.media_type == MediaType.MODEL_DOC and name.lower() in _LICENSES and layer.size:
        found.licenses.append(_text(layer, where, fetch))
    else:
        found.extras.append(Extra(path=path, descriptor=layer, content=content))


def _text(layer: Descriptor, where: str, fetch: Fetch) -> str:
    try:
        return read_verified(fetch(layer), layer, where, limit=words.TEXT_LIMIT).decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError(f"{where} is not UTF-8") from None

"""Read what Docker Model Runner wrote: files by the types of their layers, and weights by their headers."""

from __future__ import annotations

from msgspec import field

from olbuild.artifact.bundle import Blob, Bundle, Extra, ParameterValue, Template
from olbuild.artifact.profiles.docker import vocabulary as words
from olbuild.artifact.profiles.docker.vocabulary import CONFIGS, DockerType
from olbuild.artifact.profiles.manifest import Fetch, Manifest
from olbuild.artifact.profiles.modelpack import vocabulary as modelpack
from olbuild.artifact.profiles.modelpack.layers import check_layer_path, refuse_own
from olbuild.artifact.profiles.paths import check_unique
from olbuild.artifact.weights import File, sort_files
from olbuild.artifact.weights.gguf import describe, read_header
from olbuild.core.content import Descriptor, decode_json, read_verified
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError
from olbuild.core.names import Role
from olbuild.core.records import Mutable


def recognises(manifest: Manifest) -> bool:
    """Whether a manifest is Docker Model Runner's: by the type of its config, for it has no artifact type."""
    return manifest.config.media_type in CONFIGS


class _Found(Mutable):
    """What was found so far."""

    files: list[File[Descriptor]] = field(default_factory=list)
    projectors: list[File[Descriptor]] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)
    licenses: list[str] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)


def read_layers(manifest: Manifest, fetch: Fetch) -> Bundle:
    """Read the bundle that a manifest holds. One without GGUF weights (safetensors) has files, and none that runs.

    Raises:
        FormatError: if something is malformed, there is a second template, or weights of several models.
        IntegrityError: if size or digest of something that is read differ.
        NotFoundError: if a shard or content is missing.
    """
    found = _Found()
    paths: list[str] = []
    for index, layer in enumerate(manifest.layers):
        place = f"{manifest.where}: layers[{index}]"
        refuse_own(layer, place)
        path = check_layer_path(layer, place)
        if path is not None:
            paths.append(path)
        _sort(layer, path, f"{manifest.where}: {path or f'layers[{index}]'}", fetch, found)
    check_unique(paths, manifest.where)
    if len(found.templates) > 1:
        raise FormatError(f"{manifest.where} has {len(found.templates)} chat templates, and one is allowed")
    files = sort_files(found.files)
    projectors = (*files.projectors, *found.projectors)
    config = _Config(manifest, fetch)

    def blobs(role: Role, group: tuple[File[Descriptor], ...]) -> tuple[Blob, ...]:
        layers = (file.source for file in group)
        return tuple(Blob(role=role, digest=layer.digest, size=layer.size, content=fetch(layer)) for layer in layers)

    return Bundle(
        weights=blobs(Role.WEIGHTS, files.weights),
        projectors=blobs(Role.PROJECTOR, projectors),
        adapters=blobs(Role.ADAPTER, files.adapters),
        template=Template(text=found.templates[0], language="jinja") if found.templates else None,
        parameters=config.parameters(),
        licenses=tuple(found.licenses),
        metadata=describe([file.header for file in files.weights], [file.header for file in projectors]),
        created=config.created(),
        labels={key: value for key, value in manifest.annotations.items() if key and not modelpack.is_reserved(key)},
        extras=tuple(found.extras),
    )


def _sort(layer: Descriptor, path: str | None, where: str, fetch: Fetch, found: _Found) -> None:
    name = (path or "").rpartition("/")[2]
    match layer.media_type:
        case DockerType.GGUF:
            found.files.append(File(name, read_header(fetch(layer), where), layer))
        case DockerType.PROJECTOR:
            found.projectors.append(File(name, read_header(fetch(layer), where), layer))
        case DockerType.TEMPLATE if layer.size:
            found.templates.append(_text(layer, where, fetch))
        case DockerType.LICENSE if layer.size:
            found.licenses.append(_text(layer, where, fetch))
        case _:
            found.extras.append(Extra(path=path, descriptor=layer, content=fetch(layer)))


def _text(layer: Descriptor, where: str, fetch: Fetch) -> str:
    try:
        return read_verified(fetch(layer), layer, where, limit=modelpack.TEXT_LIMIT).decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError(f"{where} is not UTF-8") from None


class _Config:
    """What the config says that the files do not. What is of the wrong type is passed over, as Docker's reader does."""

    def __init__(self, manifest: Manifest, fetch: Fetch) -> None:
        where = f"{manifest.where}: config"
        document = decode_json(read_verified(fetch(manifest.config), manifest.config, where), where)
        if not isinstance(document, dict):
            raise FormatError(f"{where} is not a JSON object")
        self._config = _object(document, "config")
        self._descriptor = _object(document, "descriptor")

    def parameters(self) -> dict[str, ParameterValue]:
        """Return the context size that somebody chose.

        Since 2026 Docker fills in the length that the model was trained with when nobody says anything; it stands in
        the config twice then, and says nothing.
        """
        size = self._config.get("context_size")
        if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= words.LARGEST_CONTEXT:
            return {}
        trained = _object(self._config, "gguf").get(f"{self._config.get('architecture')}.context_length")
        return {} if trained == str(size) else {words.CONTEXT: size}

    def created(self) -> str | None:
        """Return the time of creation."""
        created = self._descriptor.get("created")
        return created if isinstance(created, str) and modelpack.is_time(created) else None


def _object(document: dict[str, Json], key: str) -> dict[str, Json]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}

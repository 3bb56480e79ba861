"""Read an image with a model below ``/models``: by its annotations if it is olbuild's, else by the files' headers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from olbuild.artifact.bundle import Bundle, Extra, Metadata
from olbuild.artifact.profiles.manifest import Fetch, Manifest
from olbuild.artifact.profiles.modelcar import vocabulary as words
from olbuild.artifact.profiles.modelpack import vocabulary as roles
from olbuild.artifact.profiles.modelpack.foreign import TEMPLATE, read_foreign
from olbuild.artifact.profiles.modelpack.read import read_roles
from olbuild.artifact.profiles.packed import PackedFile, by_layer, is_tar, raw_file
from olbuild.artifact.weights.gguf import describe, is_gguf, read_header
from olbuild.core.content import Descriptor, decode_json, read_verified
from olbuild.core.errors import FormatError
from olbuild.core.names import MediaType
from olbuild.core.records import replace

_CONFIGS = {MediaType.OCI_CONFIG, words.DOCKER_CONFIG}
_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"


def recognises(manifest: Manifest) -> bool:
    """Whether a manifest is that of an image."""
    return manifest.artifact_type is None and manifest.config.media_type in _CONFIGS


def read_layers(manifest: Manifest, fetch: Fetch) -> Bundle:
    """Look at an image without unpacking it: its layers are files that are not interpreted.

    Raises:
        FormatError: if it has no tar layer, or runs a program and says nothing of a model.
    """
    if not packed(manifest) or not (_is_own(manifest) or _speaks_of_models(manifest, fetch)):
        raise FormatError(
            f"{manifest.where} is a container image and not a model that olbuild reads",
            hint=f"an image with a model has its files below /{words.FOLDER}, and says so in its history",
        )
    extras = (Extra(path=None, descriptor=layer, content=fetch(layer)) for layer in manifest.layers)
    labels = {key: value for key, value in manifest.annotations.items() if key and not roles.is_reserved(key)}
    return Bundle(labels=labels, extras=tuple(extras))


def packed(manifest: Manifest) -> bool:
    """Whether there are files to unpack: in an image always."""
    return any(is_tar(layer.media_type) for layer in manifest.layers)


def wants(_layer: Descriptor, path: str) -> bool:
    """Whether a file of a layer belongs to the model: every one below ``/models``."""
    return path.startswith(words.FOLDER) or path == _WHITEOUT + words.FOLDER.rstrip("/")


def read_files(manifest: Manifest, files: Sequence[PackedFile], fetch: Fetch) -> Bundle:
    """Read the bundle of an image whose files were unpacked.

    Raises:
        FormatError: if something is malformed or unsafe.
        NotFoundError: if a shard is missing.
    """
    if _is_own(manifest):
        held = by_layer(files)
        layers = tuple(
            _own(layer, held.get(number, ()), f"{manifest.where}: layers[{number}]")
            for number, layer in enumerate(manifest.layers)
        )
        return _with_metadata(read_roles(replace(manifest, layers=layers), fetch, Metadata))
    visible: dict[str, PackedFile] = {}
    for file in files:
        _put(visible, file)
    found = tuple(
        raw_file(_type(path, is_gguf(fetch(raw_file("", file, path)))), file, path) for path, file in visible.items()
    )
    if not found:
        raise FormatError(f"{manifest.where} has no file below /{words.FOLDER}", hint="links are not followed")
    return read_foreign(replace(manifest, layers=found), fetch)


def _is_own(manifest: Manifest) -> bool:
    return any(roles.ROLE in layer.annotations for layer in manifest.layers)


def _own(layer: Descriptor, held: Sequence[PackedFile], where: str) -> Descriptor:
    """Return the layer that an artifact would have: the one file of this one, and what it says of itself."""
    names = {renamed: key for key, renamed in words.RENAMED.items()}
    stated = {names.get(key, key): text for key, text in layer.annotations.items() if key != words.TYPE}
    path = f"{words.FOLDER}{stated.get(roles.FILEPATH, stated.get(roles.TITLE))}"
    if [file.path for file in held] != [path]:
        raise FormatError(f"{where} does not hold {path[:100]!a}, and nothing else")
    role = next((role for role in roles.PLACES if role.value == stated.get(roles.ROLE)), None)
    media_type = roles.PLACES[role].media_type if role else layer.annotations.get(words.TYPE, MediaType.MODEL_DOC)
    return Descriptor(media_type=media_type, digest=held[0].digest, size=held[0].size, annotations=stated)


def _with_metadata(bundle: Bundle) -> Bundle:
    """Fill in what an image has no place for: it stands in the headers of the files."""
    weights, projectors = (
        [read_header(blob.content, f"the {blob.role} file {blob.digest.short}") for blob in blobs]
        for blobs in (bundle.weights, bundle.projectors)
    )
    return replace(bundle, metadata=describe(weights, projectors))


def _put(visible: dict[str, PackedFile], file: PackedFile) -> None:
    """Lay a file over those of the layers below (OCI image-spec, ``layer.md``, "Whiteouts")."""
    folder, _, called = file.path.rpartition("/")
    if called == _OPAQUE:
        hidden = f"{folder}/"
        _hide(visible, lambda path: path.startswith(hidden))
    elif called.startswith(_WHITEOUT):
        gone = f"{folder}/{called.removeprefix(_WHITEOUT)}".lstrip("/")
        _hide(visible, lambda path: path == gone or path.startswith(f"{gone}/"))
    else:
        visible.pop(file.path.removeprefix(words.FOLDER), None)
        visible[file.path.removeprefix(words.FOLDER)] = file


def _hide(visible: dict[str, PackedFile], is_hidden: Callable[[str], bool]) -> None:
    for path in [path for path in visible if is_hidden(words.FOLDER + path)]:
        del visible[path]


def _type(path: str, is_weights: bool) -> str:  # noqa: FBT001 - one of two answers
    called = path.rpartition("/")[2]
    if is_weights:
        return MediaType.MODEL_WEIGHT
    return MediaType.MODEL_WEIGHT_CONFIG if called == TEMPLATE else MediaType.MODEL_DOC


def _speaks_of_models(manifest: Manifest, fetch: Fetch) -> bool:
    """Whether an image mentions ``/models`` in its history, or names no program to run: then it is for its files.

    Raises:
        FormatError: if it is malformed.
    """
    where = f"{manifest.where}: config"
    document = decode_json(read_verified(fetch(manifest.config), manifest.config, where), where)
    if not isinstance(document, dict):
        raise FormatError(f"{where} is not a JSON object")
    settings, files = document.get("config"), document.get("rootfs")
    listed = files.get("diff_ids") if isinstance(files, dict) else None
    if not isinstance(listed, list) or len(listed) != len(manifest.layers):
        return False
    program = isinstance(settings, dict) and bool(settings.get("Cmd") or settings.get("Entrypoint"))
    return not program or f"/{words.FOLDER.rstrip('/')}" in str(document.get("history"))

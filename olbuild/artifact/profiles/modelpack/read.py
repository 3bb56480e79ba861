"""Read a ModelPack artifact: strictly where it is olbuild's, by the headers of its files where it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from olbuild.artifact.bundle import Base, Blob, Bundle, Extra, Message, Metadata, ParameterValue, Template, Test
from olbuild.artifact.profiles.manifest import Fetch, Manifest, read_manifest
from olbuild.artifact.profiles.modelpack import vocabulary as words
from olbuild.artifact.profiles.modelpack.compiled import read_compiled
from olbuild.artifact.profiles.modelpack.config import decode_config
from olbuild.artifact.profiles.modelpack.documents import decode_messages, decode_parameters
from olbuild.artifact.profiles.modelpack.foreign import read_foreign
from olbuild.artifact.profiles.modelpack.layers import Layers, layer_path, layer_scale, sort_layers
from olbuild.core.content import Descriptor, read_verified
from olbuild.core.errors import FormatError
from olbuild.core.names import Digest, MediaType, Role


def recognises(manifest: Manifest) -> bool:
    """Whether a manifest is ModelPack's: by its artifact type, or by the type of its config (older tools)."""
    if manifest.artifact_type is None:
        return manifest.config.media_type == MediaType.MODEL_CONFIG
    return manifest.artifact_type == MediaType.MODEL_ARTIFACT


def read(root: Descriptor, fetch: Fetch) -> Bundle:
    """Read the bundle of a ModelPack artifact.

    Raises:
        FormatError: if it is not ModelPack, malformed, or holds no weights that olbuild can use.
        IntegrityError: if size or digest of something that is read differ.
        NotFoundError: if something is missing.
    """
    manifest = read_manifest(root, fetch)
    if not recognises(manifest):
        raise FormatError(f"{manifest.where} is not a ModelPack artifact")
    return read_layers(manifest, fetch)


def read_layers(manifest: Manifest, fetch: Fetch) -> Bundle:
    """Read the bundle that a manifest holds; errors are those of ``read``."""
    if any(words.ROLE in layer.annotations for layer in manifest.layers):
        return _read_own(manifest, fetch)
    return read_foreign(manifest, fetch)


def _read_own(manifest: Manifest, fetch: Fetch) -> Bundle:
    where = manifest.where
    if manifest.media_type != MediaType.OCI_MANIFEST:
        raise FormatError(f"{where}: mediaType is not {MediaType.OCI_MANIFEST.value}")
    if manifest.config.media_type != MediaType.MODEL_CONFIG:
        raise FormatError(f"{where}: config.mediaType is not {MediaType.MODEL_CONFIG.value}")
    return read_roles(manifest, fetch, lambda: _metadata(manifest, fetch))


def read_roles(manifest: Manifest, fetch: Fetch, metadata: Callable[[], Metadata]) -> Bundle:
    """Read the bundle of layers with roles; ``metadata`` gives what the layers do not say.

    Raises:
        FormatError: if a layer, or an annotation of the manifest, is not as it must be.
        IntegrityError: if size or digest of a text differ.
        NotFoundError: if something is missing.
    """
    where = manifest.where
    layers = sort_layers(manifest.layers, where)
    if not layers.of(Role.WEIGHTS):
        raise FormatError(f"{where} has no weights")
    texts = _Texts(manifest, layers, fetch)
    annotations = manifest.annotations
    created = created_at(manifest)
    return Bundle(
        weights=_blobs(layers, Role.WEIGHTS, fetch, where),
        projectors=_blobs(layers, Role.PROJECTOR, fetch, where),
        adapters=_blobs(layers, Role.ADAPTER, fetch, where),
        drafts=_blobs(layers, Role.DRAFT, fetch, where),
        template=texts.template(),
        system=texts.one(Role.SYSTEM),
        parameters=texts.parameters(),
        messages=texts.messages(),
        tests=texts.tests(),
        licenses=texts.all(Role.LICENSE),
        renderer=annotations.get(words.RENDERER),
        parser=annotations.get(words.PARSER),
        requires=annotations.get(words.REQUIRES),
        metadata=metadata(),
        base=base_of(manifest),
        created=created,
        labels=labels_of(manifest),
        extras=tuple(Extra(path=layer_path(layer), descriptor=layer, content=fetch(layer)) for layer in layers.extras),
    )


def _metadata(manifest: Manifest, fetch: Fetch) -> Metadata:
    where = f"{manifest.where}: config"
    config = read_verified(fetch(manifest.config), manifest.config, where)
    return decode_config(config, [layer.digest for layer in manifest.layers], where)


def _blobs(layers: Layers, role: Role, fetch: Fetch, where: str) -> tuple[Blob, ...]:
    return tuple(
        Blob(
            role=role,
            digest=layer.digest,
            size=layer.size,
            content=fetch(layer),
            scale=layer_scale(layer, f"{where}: {layer.annotations[words.TITLE]}"),
        )
        for layer in layers.of(role)
    )


def created_at(manifest: Manifest) -> str | None:
    """Return when a model was made, if that is stated.

    Raises:
        FormatError: if it is no time.
    """
    created = manifest.annotations.get(words.CREATED)
    if created is not None and not words.is_time(created):
        raise FormatError(f"{manifest.where}: {words.CREATED} is not an RFC 3339 time")
    return created


def base_of(manifest: Manifest) -> Base | None:
    """Return the artifact that a model was built on.

    Raises:
        FormatError: if it has a name and no digest, or a digest and no name.
    """
    name, digest = manifest.annotations.get(words.BASE_NAME), manifest.annotations.get(words.BASE_DIGEST)
    if name is None and digest is None:
        return None
    if name is None or digest is None:
        raise FormatError(f"{manifest.where}: {words.BASE_NAME} and {words.BASE_DIGEST} need each other")
    return Base(name=name, digest=Digest.parse(digest))


def labels_of(manifest: Manifest) -> dict[str, str]:
    """Return the annotations of a manifest that are not the format's own.

    Raises:
        FormatError: if one begins as the format's own do, and is none.
    """
    known = {words.RENDERER, words.PARSER, words.REQUIRES}
    for key in manifest.annotations:
        if key.startswith(words.OWN) and key not in known:
            raise FormatError(
                f"{manifest.where} has the unknown annotation {key[:100]!r}", hint="it was made by a newer olbuild"
            )
    return {key: value for key, value in manifest.annotations.items() if not words.is_reserved(key)}


class _Texts:
    """The layers of text of one artifact, read when they are asked for."""

    def __init__(self, manifest: Manifest, layers: Layers, fetch: Fetch) -> None:
        self._where = manifest.where
        self._layers = layers
        self._fetch = fetch

    def all(self, role: Role) -> tuple[str, ...]:
        return tuple(self._text(layer) for layer in self._layers.of(role))

    def one(self, role: Role) -> str | None:
        texts: Sequence[str] = self.all(role)
        return texts[0] if texts else None

    def template(self) -> Template | None:
        original, jinja = self.one(Role.TEMPLATE), self.one(Role.TEMPLATE_JINJA)
        if original is not None:
            layers = self._layers.of(Role.TEMPLATE_JINJA)
            compiled = read_compiled(jinja, layers[0]) if jinja is not None else None
            return Template(text=original, language="go", compiled=compiled)
        return Template(text=jinja, language="jinja") if jinja is not None else None

    def parameters(self) -> dict[str, ParameterValue]:
        return {
            name: value
            for layer in self._layers.of(Role.PARAMETERS)
            for name, value in decode_parameters(self._bytes(layer), self._name(layer)).items()
        }

    def messages(self) -> tuple[Message, ...]:
        return tuple(
            message
            for layer in self._layers.of(Role.MESSAGES)
            for message in decode_messages(self._bytes(layer), self._name(layer))
        )

    def tests(self) -> tuple[Test, ...]:
        layers = self._layers.of(Role.TESTS)
        if not layers:
            return ()
        from olbuild.artifact.profiles.modelpack.trials import decode_tests  # noqa: PLC0415 - loads jsonschema, for few

        return tuple(test for layer in layers for test in decode_tests(self._bytes(layer), self._name(layer)))

    def _text(self, layer: Descriptor) -> str:
        try:
            return self._bytes(layer).decode("utf-8")
        except UnicodeDecodeError:
            raise FormatError(f"{self._name(layer)} is not UTF-8") from None

    def _bytes(self, layer: Descriptor) -> bytes:
        return read_verified(self._fetch(layer), layer, self._name(layer), limit=words.TEXT_LIMIT)

    def _name(self, layer: Descriptor) -> str:
        return f"{self._where}: {layer.annotations[words.TITLE]}"

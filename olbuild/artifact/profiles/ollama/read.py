"""Read Ollama's artifacts: those of its library, of Hugging Face (``hf.co``), of a local Ollama, and olbuild's own."""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.artifact.bundle import Blob, Bundle, Extra, Message, ParameterValue, Template
from olbuild.artifact.profiles.manifest import Fetch, Manifest
from olbuild.artifact.profiles.ollama.config import decode_config
from olbuild.artifact.profiles.ollama.texts import read_messages, read_parameters
from olbuild.artifact.profiles.ollama.vocabulary import FILES, IMAGE, TEXT_LIMIT, Kind
from olbuild.artifact.weights.gguf import Header, describe, read_header
from olbuild.core.content import Descriptor, read_verified
from olbuild.core.errors import FormatError
from olbuild.core.records import Frozen

_KNOWN = frozenset(kind.value for kind in Kind)
_TEXTS = (Kind.TEMPLATE, Kind.PROMPT, Kind.SYSTEM, Kind.LICENSE, Kind.PARAMETERS, Kind.MESSAGES)


def recognises(manifest: Manifest) -> bool:
    """Whether a manifest is Ollama's: the config of a container image, over layers that only Ollama has."""
    return manifest.config.media_type == Kind.CONFIG and any(
        layer.media_type.startswith(IMAGE) for layer in manifest.layers
    )


def read_layers(manifest: Manifest, fetch: Fetch) -> Bundle:
    """Read the bundle that a manifest holds. Of files of weights and projectors the headers are read.

    As in Ollama, of two layers of one type the last counts (adapters, projectors and licences add up), and a layer of
    an unknown type is not interpreted.

    Raises:
        FormatError: if it has no GGUF weights, or a layer is malformed.
        IntegrityError: if size or digest of something that is read differ.
        NotFoundError: if something is missing.
    """
    layers = _Layers(manifest, fetch)
    if layers.of(Kind.TENSOR):
        raise FormatError(
            f"{manifest.where} holds safetensors for Apple's MLX, which olbuild does not read",
            hint="most models of the library have a tag with GGUF weights too",
        )
    texts = sum(layer.size for layer in layers.of(*_TEXTS))
    if texts > TEXT_LIMIT:  # they are all in memory at once
        raise FormatError(f"{manifest.where} has texts of {texts} bytes, more than {TEXT_LIMIT}")
    weights = layers.files(Kind.MODEL)[-1:]
    if not weights:
        raise FormatError(f"{manifest.where} has no weights")
    where = f"{manifest.where}: config"
    config = decode_config(read_verified(fetch(manifest.config), manifest.config, where), where)
    projectors = layers.files(Kind.PROJECTOR)
    template = layers.last(Kind.TEMPLATE, Kind.PROMPT)
    return Bundle(
        weights=weights,
        projectors=projectors,
        adapters=layers.files(Kind.ADAPTER),
        drafts=layers.files(Kind.DRAFT)[-1:],
        template=Template(text=template, language="go") if template else None,
        system=layers.last(Kind.SYSTEM) or None,
        parameters=layers.parameters(),
        messages=layers.messages(),
        licenses=tuple(layers.text(layer) for layer in layers.of(Kind.LICENSE)),
        renderer=config.renderer or None,
        parser=config.parser or None,
        requires=config.requires or None,
        metadata=describe(layers.headers(weights), layers.headers(projectors)),
        extras=layers.extras(),
    )


class _Layers(Frozen):
    """The layers of one artifact, read when they are asked for."""

    manifest: Manifest
    fetch: Fetch

    def of(self, *kinds: Kind) -> Sequence[Descriptor]:
        return [layer for layer in self.manifest.layers if any(layer.media_type == kind for kind in kinds)]

    def files(self, kind: Kind) -> tuple[Blob, ...]:
        return tuple(
            Blob(role=FILES[kind], digest=layer.digest, size=layer.size, content=self.fetch(layer))
            for layer in self.of(kind)
        )

    def headers(self, blobs: tuple[Blob, ...]) -> list[Header]:
        return [
            read_header(blob.content, f"{self.manifest.where}: the {blob.role.value} file {blob.digest.short}")
            for blob in blobs
        ]

    def text(self, layer: Descriptor) -> str:
        try:
            return self._bytes(layer).decode("utf-8")
        except UnicodeDecodeError:
            raise FormatError(f"{self._name(layer)} is not UTF-8") from None

    def last(self, *kinds: Kind) -> str | None:
        found = self.of(*kinds)
        return self.text(found[-1]) if found else None

    def parameters(self) -> dict[str, ParameterValue]:
        return {
            name: value
            for layer in self.of(Kind.PARAMETERS)
            for name, value in read_parameters(self._bytes(layer), self._name(layer)).items()
        }

    def messages(self) -> tuple[Message, ...]:
        found = self.of(Kind.MESSAGES)
        return read_messages(self._bytes(found[-1]), self._name(found[-1])) if found else ()

    def extras(self) -> tuple[Extra, ...]:
        return tuple(
            Extra(path=None, descriptor=layer, content=self.fetch(layer))
            for layer in self.manifest.layers
            if layer.media_type not in _KNOWN
        )

    def _bytes(self, layer: Descriptor) -> bytes:
        return read_verified(self.fetch(layer), layer, self._name(layer), limit=TEXT_LIMIT)

    def _name(self, layer: Descriptor) -> str:
        return f"{self.manifest.where}: {layer.media_type.removeprefix(IMAGE)} {layer.digest.short}"

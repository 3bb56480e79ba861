"""Write Ollama's artifacts: the same layers in the same order, and the same bytes, as ``ollama create``.

The rules are those of ``server/create.go`` (``CreateHandler``, ``createModel``) and of ``manifest/layer.go``. A model
on a parent begins with the parent's layers; what the Modelfile says goes behind them, in the order adapters, drafts,
template, system, licences, parameters, messages, and takes away the parent's layer of the same type (licences,
adapters and drafts add up).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from olbuild.artifact.bundle import Blob, Bundle, Template
from olbuild.artifact.profiles.manifest import Fetch, Manifest, manifest_graph, read_manifest
from olbuild.artifact.profiles.ollama.config import (
    Config,
    decode_config,
    default_stop,
    describe_config,
    encode_config,
)
from olbuild.artifact.profiles.ollama.encoding import go_json
from olbuild.artifact.profiles.ollama.read import read_layers
from olbuild.artifact.profiles.ollama.texts import (
    encode_messages,
    encode_parameters,
    raw_parameters,
    stated_parameters,
)
from olbuild.artifact.profiles.ollama.vocabulary import FILES, TEXT_LIMIT, Kind
from olbuild.artifact.weights.gguf import Header, read_header
from olbuild.core.content import BytesContent, Descriptor, Graph, Node, read_verified
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError
from olbuild.core.names import Digest, MediaType
from olbuild.core.records import Frozen

Names = Mapping[Digest, str]
"""What the files of a model were called."""

# Tensors that Ollama's llama.cpp reads and others do not: a file that has some is never passed through llama-quantize.
_KEPT_AS_THEY_ARE = ("a.", "mm.", "mtp.", "s.", "v.")
_KINDS = {role: kind for kind, role in FILES.items()}


class Parent(Frozen, kw_only=True):
    """The model that another one is created from: its name as Ollama shows it, its manifest and its content."""

    name: str
    manifest: Manifest
    fetch: Fetch


@dataclass(frozen=True, slots=True)
class _Layer:
    """A layer. ``origin`` is the field ``from``, ``header`` that of a GGUF file."""

    kind: str
    node: Node
    origin: str = ""
    header: Header | None = field(default=None, compare=False)

    def to_json(self) -> dict[str, Json]:
        descriptor = self.node.descriptor
        document: dict[str, Json] = {
            "mediaType": self.kind,
            "digest": str(descriptor.digest),
            "size": descriptor.size,
        }
        return {**document, "from": self.origin} if self.origin else document


def write(bundle: Bundle) -> Graph:
    """Describe a whole model: layers, config and manifest, whose descriptor is the root.

    Only headers of GGUF files are read. ``losses`` says what of the bundle has no place in the format.

    Raises:
        FormatError: if the model has no weights or those of several files, its template is Jinja, or something in it
            cannot be written.
    """
    return create(bundle)


def create(
    said: Bundle,
    parent: Parent | None = None,
    *,
    names: Names = MappingProxyType({}),
    recognised: Bundle | None = None,
) -> Graph:
    """Describe what ``ollama create`` makes of a Modelfile: what that one says, on top of what its FROM names.

    Args:
        said: the Modelfile's own words and files; licences that stand twice count twice.
        parent: the artifact that FROM names, in Ollama's format.
        names: what the files were called. Ollama notes it where it keeps a file as it is.
        recognised: template and parameters that go with the chat template of the weights; what the Modelfile says wins.

    Raises:
        FormatError: as ``write``.
    """
    try:
        return _create(said, parent, names, recognised or Bundle())
    except UnicodeEncodeError as error:
        before = error.object[max(0, error.start - 20) : error.start]
        raise FormatError(f"a text of the model is not valid Unicode, after {before!a}") from None
    except ValueError as error:  # of the encoder of JSON
        raise FormatError(f"the model cannot be written: {error}") from None


def _create(said: Bundle, parent: Parent | None, names: Names, recognised: Bundle) -> Graph:
    layers = [*(_inherited(parent) if parent else ()), *_files(said, names, recognised)]
    files = [(Kind(layer.kind), layer.header) for layer in layers if layer.header is not None]
    if not any(kind is Kind.MODEL for kind, _ in files):
        raise FormatError("a model needs weights", hint="begin with FROM and a GGUF file or another model")
    stated = _stated(said, parent)
    parameters = stated_parameters(said.parameters)
    stop = default_stop(stated, files)
    if stop is not None:
        parameters.setdefault("stop", stop)
    layers = _with_texts(layers, said, parameters)
    config = _node(Kind.CONFIG, encode_config(describe_config(stated, files)))
    return _graph(config, layers)


def _stated(said: Bundle, parent: Parent | None) -> Config:
    """Return what is not read from headers: what the Modelfile says, and where it says nothing, its parent's config."""
    inherited = Config()
    if parent is not None:
        where = f"{parent.manifest.where}: config"
        inherited = decode_config(
            read_verified(parent.fetch(parent.manifest.config), parent.manifest.config, where), where
        )
    return Config(
        model_format=inherited.model_format,
        renderer=said.renderer or inherited.renderer,
        parser=said.parser or inherited.parser,
        requires=said.requires or inherited.requires,
        capabilities=inherited.capabilities,
    )


def _inherited(parent: Parent) -> list[_Layer]:
    layers: list[_Layer] = []
    for index, descriptor in enumerate(parent.manifest.layers):
        content = parent.fetch(descriptor)
        where = f"{parent.manifest.where}: layers[{index}]"
        is_file = any(descriptor.media_type == kind for kind in FILES)
        header = read_header(content, where) if is_file else None
        layers.append(_Layer(descriptor.media_type, Node(descriptor, content), parent.name, header))
    return layers


def _files(said: Bundle, names: Names, recognised: Bundle) -> list[_Layer]:
    """Return the layers of files, in the order of their names where those are known, as Ollama's client sorts them.

    What is recognised in the weights comes behind them and their projectors.
    """
    if len(said.weights) > 1 or len(said.drafts) > 1:
        raise FormatError(
            "the weights are in several files, and Ollama's format holds a model in one",
            hint="merge them first: llama-gguf-split --merge FIRST-SHARD MODEL.gguf",
        )
    base = sorted((*said.weights, *said.projectors), key=lambda blob: names.get(blob.digest, ""))
    return [
        *(_file(blob, names) for blob in base),
        *_with_texts((), recognised, stated_parameters(recognised.parameters)),
        *(_file(blob, names) for blob in (*said.adapters, *said.drafts)),
    ]


def _file(blob: Blob, names: Names) -> _Layer:
    kind = _KINDS[blob.role]
    header = read_header(blob.content, names.get(blob.digest, f"the {blob.role.value} file {blob.digest.short}"))
    if header.split is not None:
        raise FormatError(f"{header.where} is one part of several", hint="merge them first with llama-gguf-split")
    rewritten = kind is Kind.MODEL and not any(t.name.startswith(_KEPT_AS_THEY_ARE) for t in header.tensors)
    descriptor = Descriptor(media_type=kind, digest=blob.digest, size=blob.size)
    return _Layer(kind, Node(descriptor, blob.content), "" if rewritten else names.get(blob.digest, ""), header)


def _with_texts(layers: Sequence[_Layer], said: Bundle, parameters: dict[str, Json]) -> list[_Layer]:
    layers = list(layers)
    if said.template is not None and said.template.text:
        layers = [*_without(layers, Kind.TEMPLATE), _text(Kind.TEMPLATE, _go(said.template))]
    if said.system:
        layers = [*_without(layers, Kind.SYSTEM), _text(Kind.SYSTEM, said.system)]
    layers += [_text(Kind.LICENSE, text) for text in said.licenses]
    for layer in layers:
        if layer.kind == Kind.PARAMETERS:
            parameters = {**_raw_parameters(layer.node), **parameters}
    if parameters:
        layers = [*_without(layers, Kind.PARAMETERS), _data(Kind.PARAMETERS, encode_parameters(parameters))]
    if said.messages:
        layers = [*_without(layers, Kind.MESSAGES), _data(Kind.MESSAGES, encode_messages(said.messages))]
    return layers


def _go(template: Template) -> str:
    if template.language != "go":
        raise FormatError(
            "the chat template is Jinja, and Ollama's format holds one in Go's language",
            hint="a conversion finds one that writes the same prompts; TEMPLATE in a Modelfile takes one",
        )
    return template.text


def _raw_parameters(node: Node) -> dict[str, Json]:
    where = f"the parameters {node.descriptor.digest.short}"
    return raw_parameters(read_verified(node.content, node.descriptor, where, limit=TEXT_LIMIT), where)


def _without(layers: Sequence[_Layer], kind: Kind) -> list[_Layer]:
    return [layer for layer in layers if layer.kind != kind]


def _text(kind: Kind, text: str) -> _Layer:
    return _data(kind, text.encode("utf-8"))


def _data(kind: Kind, data: bytes) -> _Layer:
    if len(data) > TEXT_LIMIT:
        raise FormatError(f"a text of the model has {len(data)} bytes, more than {TEXT_LIMIT}")
    return _Layer(kind, _node(kind, data))


def _node(kind: Kind, data: bytes) -> Node:
    return Node(Descriptor.of(kind, data), BytesContent(data))


def _graph(config: Node, layers: Sequence[_Layer]) -> Graph:
    data = go_json(
        {
            "schemaVersion": 2,
            "mediaType": MediaType.DOCKER_MANIFEST.value,
            "config": _Layer(Kind.CONFIG, config).to_json(),
            "layers": [layer.to_json() for layer in layers],
        }
    )
    graph = manifest_graph(data, MediaType.DOCKER_MANIFEST, (config, *(layer.node for layer in layers)))
    fetch = graph.fetcher()
    read_layers(read_manifest(graph.root, fetch, "the model"), fetch)  # as everybody else will
    return graph

"""Ollama's format: what others wrote is read, and what cannot be is refused."""

import json

import pytest

from olbuild.artifact.bundle import Bundle, Message, Template
from olbuild.artifact.profiles import ollama, read_bundle
from olbuild.core.content import BytesContent, Descriptor, Graph
from olbuild.core.errors import FormatError
from olbuild.core.names import MediaType
from olbuild.core.records import replace
from tests.unit.artifact.test_ollama import MINIMAL, document


def changed(graph: Graph, **changes: object) -> Bundle:
    """Read a manifest with other fields in it."""
    data = json.dumps(document(graph) | changes).encode()
    root = Descriptor.of(MediaType.DOCKER_MANIFEST, data)
    contents = {node.descriptor.digest: node.content for node in graph} | {root.digest: BytesContent(data)}
    return read_bundle(root, lambda descriptor: contents[descriptor.digest])


def with_layers(*more: tuple[str, bytes], base: Bundle = MINIMAL) -> Bundle:
    """Read a model with further layers."""
    graph = ollama.write(base)
    added = [Descriptor.of(f"application/vnd.ollama.image.{kind}", data) for kind, data in more]
    contents = {node.descriptor.digest: node.content for node in graph}
    contents |= {each.digest: BytesContent(data) for each, (_, data) in zip(added, more, strict=True)}
    data = json.dumps(
        document(graph) | {"layers": document(graph)["layers"] + [each.to_json() for each in added]}
    ).encode()
    root = Descriptor.of(MediaType.DOCKER_MANIFEST, data)
    contents[root.digest] = BytesContent(data)
    return read_bundle(root, lambda descriptor: contents[descriptor.digest])


def test_what_others_write_is_read() -> None:
    bundle = with_layers(
        ("prompt", b"{{ .Prompt }}"),
        ("system", b"first"),
        ("system", b"second"),
        ("params", b'{"stop":null,"num_ctx":4096,"temperature":0.6}\n'),
        ("messages", b'[{"role":"user","content":"hi","images":null}]'),
        ("embed", b"ignored"),
        ("license", b""),
    )
    assert bundle.template == Template(text="{{ .Prompt }}", language="go")
    assert bundle.system == "second"
    assert bundle.parameters == {"num_ctx": 4096, "temperature": 0.6}
    assert bundle.messages == (Message(role="user", content="hi"),)
    assert [extra.descriptor.media_type.rpartition(".")[2] for extra in bundle.extras] == ["embed"]


@pytest.mark.parametrize(
    ("kind", "data", "message"),
    [
        ("tensor", b"x", "MLX"),
        ("params", b"[]", "not an object"),
        ("params", b'{"temperature":"hot"}', "temperature"),
        ("params", b"{", "JSON"),
        ("messages", b"{}", "not a list"),
        ("messages", b'[{"role":"tool","content":"x"}]', "role"),
        ("messages", b'[{"role":"user","content":"x","images":["aGk="]}]', "images"),
        ("messages", b'[{"role":"user","content":1}]', "content"),
        ("system", b"\xff", "UTF-8"),
    ],
)
def test_what_cannot_be_is_refused(kind: str, data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        with_layers((kind, data))


def test_a_model_without_weights_is_refused() -> None:
    graph = ollama.write(replace(MINIMAL, system="x"))
    with pytest.raises(FormatError, match="no weights"):
        changed(graph, layers=document(graph)["layers"][1:])


def test_a_model_of_ollamas_servers_is_refused() -> None:
    graph = ollama.write(MINIMAL)
    data = b'{"model_format":"","remote_host":"https://ollama.com:443","remote_model":"x"}\n'
    remote = Descriptor.of("application/vnd.docker.container.image.v1+json", data)
    body = json.dumps(document(graph) | {"config": remote.to_json()}).encode()
    root = Descriptor.of(MediaType.DOCKER_MANIFEST, body)
    contents = {node.descriptor.digest: node.content for node in graph}
    contents |= {root.digest: BytesContent(body), remote.digest: BytesContent(data)}
    with pytest.raises(FormatError, match="runs on Ollama's servers"):
        read_bundle(root, lambda descriptor: contents[descriptor.digest])


def test_more_text_than_memory_should_hold_is_refused_before_it_is_read() -> None:
    graph = ollama.write(replace(MINIMAL, licenses=("x",)))
    layer = document(graph)["layers"][-1] | {"size": 30 << 20}
    with pytest.raises(FormatError, match="has texts of"):
        changed(graph, layers=[*document(graph)["layers"], *[layer] * 3])

"""Ollama's format: what is written, by vectors of Ollama's own tests and by answers of a real one."""

import json
from typing import Any

import pytest

from olbuild.artifact.bundle import Base, Bundle, Message, Metadata, Template, Test
from olbuild.artifact.profiles import ollama, read_bundle
from olbuild.artifact.profiles.manifest import read_manifest
from olbuild.artifact.profiles.ollama.config import human_number
from olbuild.artifact.profiles.ollama.encoding import go_json, go_map
from olbuild.artifact.weights.gguf import ValueType
from olbuild.core.content import Graph
from olbuild.core.errors import FormatError
from olbuild.core.names import Digest, MediaType, Role
from olbuild.core.records import replace
from olbuild.testing.gguf import TensorSpec, Typed, gguf_bytes
from olbuild.testing.models import adapter_bytes, model_bytes, projector_bytes, shard_bytes
from tests.unit.artifact.contents import blob, fetch_from

SMALLEST = gguf_bytes({"general.architecture": "test"})
MINIMAL = Bundle(weights=(blob(Role.WEIGHTS, SMALLEST),))


def document(graph: Graph) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(graph.nodes[-1].content.read_at(0, graph.root.size))
    return loaded


def layers(graph: Graph) -> list[tuple[str, str | None]]:
    """Return the layers of a manifest: what they are, and where they come from."""
    return [(each["mediaType"].rpartition(".")[2], each.get("from")) for each in document(graph)["layers"]]


def text(graph: Graph, kind: str) -> str:
    digest = next(each["digest"] for each in document(graph)["layers"] if each["mediaType"].endswith(f".{kind}"))
    node = graph.find(Digest.parse(digest))
    assert node is not None
    return node.content.read_at(0, node.descriptor.size).decode()


def parent(graph: Graph, name: str = "base:latest") -> ollama.Parent:
    fetch = fetch_from(graph)
    return ollama.Parent(name=name, manifest=read_manifest(graph.root, fetch), fetch=fetch)


def config(graph: Graph) -> dict[str, Any]:
    node = graph.find(Digest.parse(document(graph)["config"]["digest"]))
    assert node is not None
    loaded: dict[str, Any] = json.loads(node.content.read_at(0, node.descriptor.size))
    return loaded


# ── vectors of Ollama's tests (ollama, server/routes_create_test.go) ──


def test_vectors() -> None:
    assert Digest.of(SMALLEST).hex == "89a2116c3a82d6a97f59f748d86ed4417214353fd178ee54df418fde32495fad"
    graph = ollama.write(MINIMAL)
    assert document(graph)["config"]["digest"].endswith(
        "99759ad5b91e723db0393d698ffbb448b1b7df5ff6377a108c49254583b1bc8c"
    )
    said = replace(
        MINIMAL,
        template=Template(text="{{ .System }} {{ .Prompt }}", language="go"),
        system="Say bye!",
        licenses=("MIT", "Apache-2.0"),
        parameters={"temperature": 1.0, "top_k": 10, "stop": ("USER:", "ASSISTANT:")},
    )
    graph = ollama.write(said)
    assert [layer["digest"][7:15] for layer in document(graph)["layers"]] == [
        "89a2116c", "fe7ac77b", "4c5f51fa", "e5dcffe8", "2af71558", "1d0ad712",
    ]  # fmt: skip
    child = ollama.create(Bundle(parameters={"temperature": 0.6, "top_p": 0.7}), parent(graph))
    assert document(child)["layers"][-1]["digest"].startswith("sha256:e29a7b3c")
    child = ollama.create(Bundle(parameters={"stop": ("<|endoftext|>",)}), parent(child))
    assert document(child)["layers"][-1]["digest"].startswith("sha256:12f58bb7")


# ── JSON as Go writes it ──


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": 1.0, "c": -0.0}, '{"a":1,"b":1,"c":-0}'),
        ({"x": 1e21, "y": 1e20, "z": 1e-7}, '{"x":1e+21,"y":100000000000000000000,"z":1e-7}'),
        ({"seed": 9007199254740993, "most": 2**63 - 1}, '{"most":9223372036854776000,"seed":9007199254740992}'),
        (
            {"stop": ["<|a|>", "&", "\u2028", "\x7f\x01\b\f\n"]},
            '{"stop":["\\u003c|a|\\u003e","\\u0026","\\u2028","\x7f\\u0001\\b\\f\\n"]}',
        ),
        ({"é": True, "z": None, "🦙": []}, '{"z":null,"é":true,"🦙":[]}'),
    ],
)  # fmt: skip
def test_json(value: dict[str, Any], written: str) -> None:
    assert go_json(go_map(value)).decode() == written + "\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0"), (999, "999"), (1000, "1K"), (27_456, "27K"), (999_999, "1000K"), (1_000_000, "1M"),
     (134_515_008, "134.52M"), (10**9, "1B"), (8_030_261_248, "8.0B"), (1_500_000_000, "1.5B")],
)  # fmt: skip
def test_human_numbers(value: int, written: str) -> None:
    assert human_number(value) == written


# ── the order and the origin of layers ──


def test_everything_in_its_place() -> None:
    full = Bundle(
        weights=(blob(Role.WEIGHTS, model_bytes()),),
        projectors=(blob(Role.PROJECTOR, projector_bytes()),),
        adapters=(blob(Role.ADAPTER, adapter_bytes()), blob(Role.ADAPTER, adapter_bytes(9))),
        drafts=(blob(Role.DRAFT, model_bytes(seed=5)),),
        template=Template(text="{{ .Prompt }}", language="go"),
        system="Be brief.\n",
        parameters={"stop": ("<|end|>", "ü"), "seed": -1},
        messages=(Message(role="user", content="<Hi>"), Message(role="assistant", content="")),
        licenses=("MIT", "MIT"),
        renderer="qwen3-coder",
        requires="0.14.0",
        metadata=Metadata(architecture="llama"),
    )
    graph = ollama.write(full)
    kinds = ["model", "projector", "adapter", "adapter", "draft", "template", "system", "license", "license", "params"]
    assert layers(graph) == [(kind, None) for kind in (*kinds, "messages")]
    assert (
        text(graph, "messages") == '[{"role":"user","content":"\\u003cHi\\u003e"},{"role":"assistant","content":""}]\n'
    )
    assert list(config(graph)) == [
        "model_format", "model_family", "model_families", "model_type", "file_type", "renderer", "requires", "draft",
        "architecture", "os",
    ]  # fmt: skip
    assert graph.root.media_type == MediaType.DOCKER_MANIFEST
    back = read_bundle(graph.root, fetch_from(graph))
    assert replace(back, metadata=full.metadata) == full
    assert (back.metadata.architecture, back.metadata.vision) == ("llama", True)


def test_what_a_child_says_goes_behind_what_its_parent_said() -> None:
    first = ollama.write(
        replace(
            MINIMAL, system="old", licenses=("MIT",), messages=(Message(role="user", content="old"),), parser="qwen3"
        )
    )
    child = ollama.create(Bundle(system="new", licenses=("MIT",), parameters={"top_k": 1}), parent(first))
    assert layers(child) == [
        ("model", "base:latest"), ("license", "base:latest"), ("messages", "base:latest"),
        ("system", None), ("license", None), ("params", None),
    ]  # fmt: skip
    assert config(child)["parser"] == "qwen3"
    again = ollama.create(Bundle(), parent(child, "b:c"))  # parameters are merged, and so written anew, always
    assert layers(again) == [*((kind, "b:c") for kind, _ in layers(child)[:-1]), ("params", None)]


def test_files_are_called_by_their_names_where_ollama_keeps_them_as_they_are() -> None:
    weights, projector = blob(Role.WEIGHTS, model_bytes()), blob(Role.PROJECTOR, projector_bytes())
    adapter = blob(Role.ADAPTER, adapter_bytes())
    names = {weights.digest: "model.gguf", projector.digest: "mmproj.gguf", adapter.digest: "sub/lora.gguf"}
    bundle = Bundle(weights=(weights,), projectors=(projector,), adapters=(adapter,))
    assert layers(ollama.create(bundle, names=names)) == [
        ("projector", "mmproj.gguf"), ("model", None), ("adapter", "sub/lora.gguf"),
    ]  # fmt: skip
    embedded = blob(Role.WEIGHTS, gguf_bytes({"general.architecture": "gemma3"}, [TensorSpec("v.blk.0.weight", (32,))]))
    graph = ollama.create(Bundle(weights=(embedded,)), names={embedded.digest: "all.gguf"})
    assert layers(graph) == [("model", "all.gguf")]


@pytest.mark.parametrize(
    ("number", "name"), [(0, "unknown"), (2, "Q4_0"), (15, "Q4_K_M"), (40, "Q1_0"), (41, "unknown"), (1026, "unknown")]
)
def test_file_types(number: int, name: str) -> None:
    weights = blob(Role.WEIGHTS, gguf_bytes({"general.architecture": "llama", "general.file_type": number}))
    assert config(ollama.write(Bundle(weights=(weights,))))["file_type"] == name


def test_a_file_type_in_another_type_of_number_is_not_said() -> None:
    weights = blob(Role.WEIGHTS, gguf_bytes({"general.file_type": Typed(ValueType.INT32, 7)}))
    graph = ollama.write(Bundle(weights=(weights,)))
    assert (config(graph)["file_type"], config(graph)["model_family"]) == ("unknown", "unknown")


def test_architectures_that_ollama_gives_a_renderer() -> None:
    gemma = Bundle(weights=(blob(Role.WEIGHTS, gguf_bytes({"general.architecture": "gemma4"})),))
    graph = ollama.write(gemma)
    assert (config(graph)["renderer"], config(graph)["parser"]) == ("gemma4", "gemma4")
    assert text(graph, "params") == '{"stop":["\\u003cturn|\\u003e"]}\n'
    graph = ollama.write(replace(gemma, renderer="x", parser="y", parameters={"top_k": 1}))
    assert (config(graph)["renderer"], config(graph)["parser"]) == ("x", "y")
    assert text(graph, "params") == '{"top_k":1}\n'


# ── what cannot be ──


@pytest.mark.parametrize(
    ("bundle", "message"),
    [
        (Bundle(system="x"), "needs weights"),
        (Bundle(weights=tuple(blob(Role.WEIGHTS, shard) for shard in shard_bytes(3))), "several files"),
        (replace(MINIMAL, template=Template(text="{{ x }}", language="jinja")), "Jinja"),
        (replace(MINIMAL, system="\ud800"), "Unicode"),
    ],
)
def test_what_the_format_cannot_hold(bundle: Bundle, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        ollama.write(bundle)


def test_losses() -> None:
    assert ollama.losses(MINIMAL) == ()
    adapter = replace(blob(Role.ADAPTER, adapter_bytes()), scale=0.5)
    lossy = replace(
        MINIMAL,
        tests=(Test(prompt="x"),),
        labels={"a": "b"},
        adapters=(adapter,),
        base=Base(name="x", digest=Digest.of(b"")),
    )
    assert len(ollama.losses(lossy)) == 4

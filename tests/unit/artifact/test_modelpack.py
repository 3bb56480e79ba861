"""What is written: layers, config and manifest, against the published schemas and by the rules of the spec."""

import json
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from olbuild.artifact.bundle import Base, Bundle, CompiledTemplate, Extra, Message, Metadata, Template
from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.profiles.modelpack import read, write
from olbuild.artifact.profiles.modelpack.config import parameter_size
from olbuild.core.content import BytesContent, Descriptor, Graph, canonical_json
from olbuild.core.errors import FormatError, UsageError
from olbuild.core.names import Digest, Role
from olbuild.core.records import replace
from olbuild.testing.models import adapter_bytes, model_bytes, projector_bytes, shard_bytes
from tests.tools import ROOT
from tests.unit.artifact.contents import blob, fetch_from

TITLE = "org.opencontainers.image.title"
PATH = "org.cncf.model.filepath"
DATA = ROOT / "tests" / "data"
MINIMAL = Bundle(weights=(blob(Role.WEIGHTS, model_bytes()),))
FULL = Bundle(
    weights=tuple(blob(Role.WEIGHTS, shard) for shard in shard_bytes(3)),
    projectors=(blob(Role.PROJECTOR, projector_bytes()),),
    adapters=(blob(Role.ADAPTER, adapter_bytes()), blob(Role.ADAPTER, adapter_bytes(9))),
    drafts=(blob(Role.DRAFT, model_bytes(seed=5)),),
    template=Template(
        text="{{ .Prompt }}", language="go", compiled=CompiledTemplate(text="{{ messages[0].content }}", version=1)
    ),
    system="Be brief.\n",
    parameters={"temperature": 1.0, "stop": ("<|end|>", "ü"), "use_mmap": False, "seed": -1},
    messages=(Message(role="user", content="Hi"), Message(role="assistant", content="")),
    licenses=("MIT", "Apache-2.0"),
    renderer="qwen3-coder",
    parser="qwen3-coder",
    requires="0.14.0",
    metadata=Metadata(
        architecture="llama",
        name="Tiny",
        parameters=134_515_008,
        quantization="Q4_K_M",
        licenses=("apache-2.0",),
        languages=("en", "deu", "de"),
        vision=True,
    ),
    base=Base(name="ghcr.io/me/base:1", digest=Digest.of(b"base")),
    created="2023-11-14T22:13:20Z",
    labels={"org.example.team": "a", "version": "2"},
)


# Pinned: a change here changes the digest of everybody's model, and needs a new version of the spec.
PINNED = {
    "minimal": "sha256:079f595838b26e8da1e391d6615ec7c33e845fa79c4a5733f9642f4c1775c034",
    "full": "sha256:c720c0d021b65517921998a01bf3d8e7d2eab04d6015bfa1771f3ddc1aa76c21",
}


def _manifest(graph: Graph) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(graph.nodes[-1].content.read_at(0, graph.root.size))
    return document


def _config(graph: Graph) -> dict[str, Any]:
    node = graph.find(Digest.parse(_manifest(graph)["config"]["digest"]))
    assert node is not None
    document: dict[str, Any] = json.loads(node.content.read_at(0, node.content.size))
    return document


def _titles(graph: Graph) -> list[tuple[str, str]]:
    return [
        (layer["annotations"]["org.opencontainers.image.title"], layer["annotations"]["dev.olbuild.role"])
        for layer in _manifest(graph)["layers"]
    ]


@pytest.mark.parametrize("bundle", [MINIMAL, FULL], ids=["minimal", "full"])
def test_the_published_schemas_accept_what_is_written(bundle: Bundle) -> None:
    def retrieve(uri: str) -> Resource[Any]:
        return DRAFT4.create_resource(json.loads((DATA / "oci" / uri.rpartition("/")[2]).read_text()))

    graph = write(bundle)
    schema = json.loads((DATA / "modelpack" / "config-schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(_config(graph))
    schema = json.loads((DATA / "oci" / "image-manifest-schema.json").read_text())
    registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]
    jsonschema.Draft4Validator(schema, registry=registry).validate(_manifest(graph))


def test_the_published_schema_would_refuse_a_further_key() -> None:
    schema = json.loads((DATA / "modelpack" / "config-schema.json").read_text())
    config = _config(write(MINIMAL)) | {"olbuild": {}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(config)


def test_layers_have_the_order_and_the_titles_of_their_roles() -> None:
    assert _titles(write(FULL)) == [
        ("model-00001-of-00003.gguf", "weights"),
        ("model-00002-of-00003.gguf", "weights"),
        ("model-00003-of-00003.gguf", "weights"),
        ("mmproj.gguf", "projector"),
        ("adapter.gguf", "adapter"),
        ("adapter-2.gguf", "adapter"),
        ("draft.gguf", "draft"),
        ("template.gotmpl", "template"),
        ("chat_template.jinja", "template.jinja"),
        ("system.txt", "system"),
        ("params.json", "params"),
        ("messages.json", "messages"),
        ("LICENSE", "license"),
        ("LICENSE-2", "license"),
    ]
    assert _titles(write(MINIMAL)) == [("model.gguf", "weights")]


def test_layers_are_raw_and_the_config_lists_their_digests() -> None:
    graph = write(FULL)
    layers = [layer["digest"] for layer in _manifest(graph)["layers"]]
    assert layers[0] == str(Digest.of(shard_bytes(3)[0]))
    assert _config(graph)["modelfs"] == {"type": "layers", "diffIds": layers}
    types = {layer["mediaType"].rpartition(".model.")[2] for layer in _manifest(graph)["layers"]}
    assert types == {"weight.v1.raw", "weight.config.v1.raw", "doc.v1.raw"}


def test_the_config_says_what_the_header_said() -> None:
    assert _config(write(FULL)) | {"modelfs": None} == {
        "descriptor": {
            "createdAt": "2023-11-14T22:13:20Z",
            "family": "llama",
            "name": "Tiny",
            "licenses": ["apache-2.0"],
        },
        "config": {
            "architecture": "llama",
            "format": "gguf",
            "paramSize": "134.5M",
            "quantization": "Q4_K_M",
            "capabilities": {"inputTypes": ["text", "image"], "outputTypes": ["text"], "languages": ["en", "de"]},
        },
        "modelfs": None,
    }


def test_weights_that_are_not_quantized_have_a_precision_instead() -> None:
    bundle = replace(MINIMAL, metadata=Metadata(quantization="BF16", embedding=True, audio=True))
    config = _config(write(bundle))["config"]
    assert config["precision"] == "bfloat16"
    assert "quantization" not in config
    assert config["capabilities"] == {"inputTypes": ["text", "audio"], "outputTypes": ["embedding"]}
    assert read(write(bundle).root, fetch_from(write(bundle))).metadata == bundle.metadata


def test_the_manifest_keeps_history_labels_and_names_of_built_in_parts() -> None:
    assert _manifest(write(FULL))["annotations"] == {
        "dev.olbuild.parser": "qwen3-coder",
        "dev.olbuild.renderer": "qwen3-coder",
        "dev.olbuild.requires": "0.14.0",
        "org.example.team": "a",
        "org.opencontainers.image.base.digest": str(Digest.of(b"base")),
        "org.opencontainers.image.base.name": "ghcr.io/me/base:1",
        "org.opencontainers.image.created": "2023-11-14T22:13:20Z",
        "version": "2",
    }
    assert "annotations" not in _manifest(write(MINIMAL))


def test_parameters_are_canonical() -> None:
    node = write(FULL).find(Digest.of(b'{"seed":-1,"stop":["<|end|>","\xc3\xbc"],"temperature":1,"use_mmap":false}'))
    assert node is not None


def test_the_graph_is_stored_children_first_and_each_content_once() -> None:
    bundle = replace(MINIMAL, system="same", licenses=("same", "same"))
    graph = write(bundle)
    digests = [node.descriptor.digest for node in graph]
    assert len(digests) == len(set(digests)) == 4  # manifest, config, weights, and one text
    assert graph.nodes[-1].descriptor == graph.root
    assert len(_manifest(graph)["layers"]) == 4
    assert read(graph.root, fetch_from(graph)) == bundle


@pytest.mark.parametrize("bundle", [MINIMAL, FULL], ids=["minimal", "full"])
def test_what_is_written_reads_back(bundle: Bundle) -> None:
    graph = write(bundle)
    found = read_bundle(graph.root, fetch_from(graph))
    # The config holds two of these in another form: rounded, and only two-letter languages.
    metadata = replace(found.metadata, parameters=bundle.metadata.parameters, languages=bundle.metadata.languages)
    assert replace(found, metadata=metadata) == bundle
    assert write(found) == graph


def test_an_empty_text_gets_no_layer() -> None:
    empty = replace(MINIMAL, system="", template=Template(text="", language="jinja"), licenses=("",), messages=())
    assert write(empty) == write(MINIMAL)


def test_a_bundle_that_cannot_be_an_artifact() -> None:
    with pytest.raises(FormatError, match="a model needs weights"):
        write(Bundle())
    with pytest.raises(FormatError, match="a text of the model is not valid Unicode, after 'a'"):
        write(replace(MINIMAL, system="a\ud800"))
    for broken in ({"labels": {"a": "\ud800"}}, {"parameters": {"stop": ("\ud800",)}}):
        with pytest.raises(FormatError, match=r"the model cannot be written: .* half a character"):
            write(replace(MINIMAL, **broken))
    for created in ("yesterday", "9999-99-99T99:99:99Z"):
        with pytest.raises(FormatError, match="not an RFC 3339 time"):
            write(replace(MINIMAL, created=created))
    with pytest.raises(FormatError, match=r"params\.json: \$\.top_k"):
        write(replace(MINIMAL, parameters={"top_k": float("nan")}))
    with pytest.raises(FormatError, match="'a b' is not the name of a parameter"):
        write(replace(MINIMAL, parameters={"a b": 1}))
    with pytest.raises(FormatError, match=r"params\.json: \$\.num_ctx is 'abc', which is not a whole number"):
        write(replace(MINIMAL, parameters={"num_ctx": "abc"}))
    with pytest.raises(FormatError, match=r"messages\.json: \$\[0\]\.role"):
        write(replace(MINIMAL, messages=(Message(role="tool", content=""),)))
    with pytest.raises(FormatError, match="registries take 4194304"):
        write(replace(MINIMAL, labels={"a": "x" * (4 << 20)}))
    with pytest.raises(FormatError, match=r"the model: config: .* more than the limit of 4194304"):
        write(replace(MINIMAL, metadata=Metadata(licenses=("x" * (4 << 20),))))
    with pytest.raises(FormatError, match="the model: layers is not a list of at most 10000"):
        write(replace(MINIMAL, licenses=("x",) * 10_000))


def _extra(path: str | None, **annotations: str) -> Extra:
    return Extra(path=path, descriptor=Descriptor.of("a/b", b"x", **annotations), content=BytesContent(b"x"))


@pytest.mark.parametrize(
    ("annotations", "reason"),
    [
        ({TITLE: "system.txt"}, r"the model has two layers for one file: 'system\.txt' and 'system\.txt'"),
        ({TITLE: "MODEL.gguf"}, r"two layers for one file: 'model\.gguf' and 'MODEL\.gguf'"),
        ({PATH: "x.md", TITLE: "../x.md"}, r"image\.title is '\.\./x\.md', which leaves its folder"),
        ({PATH: "/x.md"}, r"filepath is '/x\.md', which is not a relative path"),
        ({PATH: "x.md", "dev.olbuild.x": "1"}, r"'x\.md' has the annotation 'dev\.olbuild\.x', which no extra"),
        ({PATH: "x.md", "dev.olbuild.role": "license"}, r"the annotation 'dev\.olbuild\.role', which no extra"),
    ],
)
def test_an_extra_that_a_reader_would_refuse_or_take_for_a_part_is_not_written(
    annotations: dict[str, str], reason: str
) -> None:
    extra = _extra(annotations.get(PATH, annotations.get(TITLE)), **annotations)
    with pytest.raises(FormatError, match=reason):
        write(replace(MINIMAL, system="Be brief.", extras=(extra,)))


@pytest.mark.parametrize(
    "created",
    [
        *("2024-02-29T23:59:59Z", "2016-12-31T23:59:60Z", "0000-01-01T00:00:00.5+23:59"),
        "9999-12-31T23:59:59-00:00",
    ],
)
def test_a_time_of_rfc_3339_is_one(created: str) -> None:
    graph = write(replace(MINIMAL, created=created))
    assert read(graph.root, fetch_from(graph)).created == created


@pytest.mark.parametrize("label", ["", "dev.olbuild.role", "org.opencontainers.image.created"])
def test_a_label_cannot_have_a_name_of_the_format(label: str) -> None:
    with pytest.raises(UsageError, match="a label cannot be called"):
        write(replace(MINIMAL, labels={label: "x"}))


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        (None, None),
        (0, None),
        (49, None),
        (50, "0.1K"),
        (1_000, "1K"),
        (27_168, "27.2K"),
        (999_949, "999.9K"),
        (999_950, "1M"),
        (134_515_008, "134.5M"),
        (7_000_000_000, "7B"),
        (6_738_415_616, "6.7B"),
        (10**12, "1T"),
        (10**18 - 1, None),
    ],
)
def test_parameter_sizes(parameters: int | None, text: str | None) -> None:
    assert parameter_size(parameters) == text


def test_digests_are_the_same_everywhere() -> None:
    assert str(write(MINIMAL).root.digest) == PINNED["minimal"]
    assert str(write(FULL).root.digest) == PINNED["full"]
    assert canonical_json(_manifest(write(FULL))) == write(FULL).nodes[-1].content.read_at(0, 1 << 20)

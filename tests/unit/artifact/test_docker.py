"""The format of Docker Model Runner: what is written, and artifacts as its own tool writes them."""

import json
from typing import Any

import pytest

from olbuild.artifact.bundle import Bundle, CompiledTemplate, Template
from olbuild.artifact.profiles import Fetch, docker, read_bundle
from olbuild.core.content import BytesContent, Descriptor, Graph, Node
from olbuild.core.errors import FormatError, IntegrityError
from olbuild.core.names import Digest, MediaType, Role
from olbuild.core.records import replace
from olbuild.testing.models import adapter_bytes, model_bytes, projector_bytes, shard_bytes
from tests.unit.artifact.contents import blob, fetch_from
from tests.unit.artifact.test_modelpack import FULL, MINIMAL

V01 = "application/vnd.docker.ai.model.config.v0.1+json"
V02 = "application/vnd.docker.ai.model.config.v0.2+json"
GGUF = "application/vnd.docker.ai.gguf.v3"
MMPROJ = "application/vnd.docker.ai.mmproj"
TEMPLATE = "application/vnd.docker.ai.chat.template.jinja"
LICENSE = "application/vnd.docker.ai.license"

# Pinned: a change here changes the digest of everybody's model.
PINNED = "sha256:2c6d23c2de2cc45ebf42ac09a1cdcc7c7742bb1b882ad3bb383f664b21d8112f"


def _document(graph: Graph, *, config: bool = False) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(graph.nodes[-1].content.read_at(0, graph.root.size))
    if not config:
        return manifest
    node = graph.find(Digest.parse(manifest["config"]["digest"]))
    assert node is not None
    document: dict[str, Any] = json.loads(node.content.read_at(0, node.content.size))
    return document


def test_the_layers_have_dockers_types_and_the_files_their_own_digests() -> None:
    graph = docker.write(FULL)
    manifest = _document(graph)
    assert manifest["config"]["mediaType"] == V01
    assert "artifactType" not in manifest
    assert [(layer["mediaType"], layer["annotations"]["org.cncf.model.filepath"]) for layer in manifest["layers"]] == [
        (GGUF, "model-00001-of-00003.gguf"),
        (GGUF, "model-00002-of-00003.gguf"),
        (GGUF, "model-00003-of-00003.gguf"),
        (MMPROJ, "mmproj.gguf"),
        (TEMPLATE, "template.jinja"),
        (LICENSE, "LICENSE"),
        (LICENSE, "LICENSE-2"),
    ]
    assert [layer["digest"] for layer in manifest["layers"][:3]] == [str(each.digest) for each in FULL.weights]
    assert _document(graph, config=True) == {
        "config": {"architecture": "llama", "format": "gguf", "parameters": "134.5M", "quantization": "Q4_K_M"},
        "descriptor": {"created": "2023-11-14T22:13:20Z"},
        "rootfs": {"type": "rootfs", "diff_ids": [layer["digest"] for layer in manifest["layers"]]},
    }
    assert str(graph.root.digest) == PINNED


def test_each_loss_is_a_sentence() -> None:
    assert docker.losses(MINIMAL) == ()
    assert docker.losses(FULL) == (
        "the Go template is left out: the Jinja it was compiled to stays",
        "the parameters seed, stop, temperature, use_mmap are left out: only num_ctx has a place",
        "2 adapters are left out",
        "the draft model is left out",
        "the system text is left out",
        "2 messages are left out",
        "the name of the renderer is left out",
        "the name of the parser is left out",
        "the required version is left out",
        "the labels org.example.team, version are left out",
        "the name of the base is left out",
    )


@pytest.mark.parametrize("compiled", [None, CompiledTemplate(text="x", version=1, portable=False)])
def test_a_template_that_only_olbuild_could_run_is_left_out(compiled: CompiledTemplate | None) -> None:
    bundle = replace(MINIMAL, template=Template(text="{{ .Prompt }}", language="go", compiled=compiled))
    assert docker.losses(bundle) == ("the Go template is left out: it has no Jinja that runs elsewhere",)
    assert _document(docker.write(bundle)) == _document(docker.write(MINIMAL))


def test_the_context_size_is_the_one_parameter() -> None:
    graph = docker.write(replace(MINIMAL, parameters={"num_ctx": 4096}))
    assert _document(graph, config=True)["config"]["context_size"] == 4096
    assert read_bundle(graph.root, fetch_from(graph)).parameters == {"num_ctx": 4096}
    assert docker.losses(replace(MINIMAL, parameters={"num_ctx": 1 << 31})) != ()


def test_a_model_without_weights_is_none() -> None:
    with pytest.raises(FormatError, match="needs weights"):
        docker.write(Bundle())


def _artifact(
    *files: tuple[str, bytes], config: dict[str, Any] | None = None, config_type: str = V01, named: bool = True
) -> tuple[Descriptor, Fetch]:
    """Build an artifact as `docker model package` does: a path and volatile metadata for each file."""
    nodes = []
    for index, (media_type, data) in enumerate(files):
        notes = {
            "org.cncf.model.filepath": f"file-{index}",
            "org.cncf.model.file.metadata+json": '{"name":"file","mode":420,"uid":0,"typeflag":0}',
            "org.cncf.model.file.mediatype.untested": "false",
        }
        nodes.append(Node(Descriptor.of(media_type, data, **(notes if named else {})), BytesContent(data)))
    made = json.dumps(config or {"config": {"format": "gguf"}, "descriptor": {"created": "2026-01-02T03:04:05.678Z"}})
    described = Descriptor.of(config_type, made.encode())
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "config": described.to_json(),
        "layers": [node.descriptor.to_json() for node in nodes],
    }
    data = json.dumps(document).encode()
    root = Descriptor.of(MediaType.OCI_MANIFEST, data)
    return root, fetch_from(
        Graph((Node(described, BytesContent(made.encode())), *nodes, Node(root, BytesContent(data))))
    )


@pytest.mark.parametrize("config_type", [V01, V02])
@pytest.mark.parametrize("named", [True, False])
def test_what_docker_packaged_is_read(config_type: str, *, named: bool) -> None:
    shards = shard_bytes(2)
    files = (
        (GGUF, shards[1]),
        (GGUF, shards[0]),
        (MMPROJ, projector_bytes()),
        (TEMPLATE, b"{{ messages }}"),
        (LICENSE, b"MIT"),
        ("application/vnd.docker.ai.model.file", b"{}"),
    )
    bundle = read_bundle(*_artifact(*files, config_type=config_type, named=named))
    assert [each.digest for each in bundle.weights] == [Digest.of(shard) for shard in shards]
    assert [each.digest for each in bundle.projectors] == [Digest.of(projector_bytes())]
    assert bundle.template == Template(text="{{ messages }}", language="jinja")
    assert bundle.licenses == ("MIT",)
    assert bundle.metadata.architecture == "llama"
    assert bundle.metadata.vision
    assert bundle.created == "2026-01-02T03:04:05.678Z"
    assert len(bundle.extras) == 1


@pytest.mark.parametrize(
    ("config", "parameters"),
    [
        ({"context_size": 8192}, {"num_ctx": 8192}),
        ({"context_size": 8192, "architecture": "llama", "gguf": {"llama.context_length": "4096"}}, {"num_ctx": 8192}),
        ({"context_size": 8192, "architecture": "llama", "gguf": {"llama.context_length": "8192"}}, {}),
        ({"context_size": 0}, {}),
        ({"context_size": True}, {}),
        ({"context_size": -1}, {}),
        ({"context_size": 1 << 40}, {}),
        ({"context_size": "many", "gguf": []}, {}),
    ],
)
def test_a_context_size_that_docker_filled_in_is_no_choice(config: dict[str, Any], parameters: dict[str, int]) -> None:
    assert read_bundle(*_artifact((GGUF, model_bytes()), config={"config": config})).parameters == parameters


def test_a_model_of_safetensors_is_read_and_has_no_weights() -> None:
    files = (("application/vnd.docker.ai.safetensors", b"\0" * 16), ("application/vnd.docker.ai.model.file", b"{}"))
    bundle = read_bundle(*_artifact(*files, config_type=V02))
    assert bundle.weights == ()
    assert [extra.path for extra in bundle.extras] == ["file-0", "file-1"]


def test_an_adapter_among_the_weights_is_an_adapter() -> None:
    bundle = read_bundle(*_artifact((GGUF, model_bytes()), (GGUF, adapter_bytes())))
    assert [each.role for each in (*bundle.weights, *bundle.adapters)] == [Role.WEIGHTS, Role.ADAPTER]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([(GGUF, b"no GGUF at all")], "GGUF"),
        ([(GGUF, model_bytes()), (GGUF, model_bytes(seed=3))], "whole model"),
        ([(GGUF, model_bytes()), (TEMPLATE, b"a"), (TEMPLATE, b"b")], "2 chat templates"),
        ([(GGUF, model_bytes()), (TEMPLATE, b"\xff")], "UTF-8"),
    ],
)
def test_what_is_malformed_is_refused(files: list[tuple[str, bytes]], said: str) -> None:
    with pytest.raises(FormatError, match=said):
        read_bundle(*_artifact(*files))


def test_a_config_that_is_no_object_is_refused() -> None:
    root, fetch = _artifact((GGUF, model_bytes()), config=[1])  # type: ignore[arg-type]
    with pytest.raises((FormatError, IntegrityError), match="config is not a JSON object"):
        read_bundle(root, fetch)


def test_weights_are_shared_with_every_other_format() -> None:
    bundle = Bundle(weights=(blob(Role.WEIGHTS, model_bytes()),))
    assert docker.write(bundle).find(Digest.of(model_bytes())) is not None

"""ModelPack artifacts as other tools write them: modctl, Docker Model Runner, RamaLama."""

import json
from typing import Any

import pytest

from olbuild.artifact.bundle import Metadata, Template, overlay
from olbuild.artifact.profiles import Fetch, read_bundle
from olbuild.artifact.profiles.modelpack import write
from olbuild.artifact.weights import require_gguf
from olbuild.core.content import BytesContent, Descriptor, Graph, Node
from olbuild.core.errors import FormatError, NotFoundError
from olbuild.core.names import Digest, MediaType, Role
from olbuild.testing.models import adapter_bytes, model_bytes, projector_bytes, shard_bytes
from tests.unit.artifact.contents import fetch_from
from tests.unit.artifact.test_modelpack import FULL

WEIGHT = "application/vnd.cncf.model.weight.v1.raw"
CONFIG = "application/vnd.cncf.model.weight.config.v1.raw"
DOC = "application/vnd.cncf.model.doc.v1.raw"
EMPTY = "application/vnd.oci.empty.v1+json"
File = tuple[str, str | None, bytes]


def _artifact(*files: File, config_type: str = MediaType.MODEL_CONFIG, **manifest: Any) -> tuple[Descriptor, Fetch]:  # noqa: ANN401
    """Build an artifact as modctl does: a path and volatile metadata for each file, no roles."""
    nodes = []
    for media_type, path, data in files:
        metadata = json.dumps({"name": path, "mode": 420, "uid": 0, "mtime": "2025-01-01T00:00:00Z", "typeflag": 0})
        annotations = {"org.cncf.model.file.metadata+json": metadata}
        if path is not None:
            annotations["org.cncf.model.filepath"] = path
        descriptor = Descriptor(media_type=media_type, digest=Digest.of(data), size=len(data), annotations=annotations)
        nodes.append(Node(descriptor, BytesContent(data)))
    config = b'{"descriptor":{"createdAt":"2025-01-01T00:00:00Z"},"config":{"architecture":"transformer"},"modelfs":{}}'
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "artifactType": MediaType.MODEL_ARTIFACT,
        "config": {"mediaType": config_type, "digest": str(Digest.of(config)), "size": len(config)},
        "layers": [node.descriptor.to_json() for node in nodes],
    }
    data = json.dumps(document | manifest, indent=2).encode()
    root = Descriptor.of(MediaType.OCI_MANIFEST, data)
    return root, fetch_from(Graph((*nodes, Node(root, BytesContent(data)))))


MODEL: File = (WEIGHT, "model-q8.gguf", model_bytes())


def test_an_artifact_of_modctl() -> None:
    bundle = read_bundle(
        *_artifact(
            MODEL,
            (CONFIG, "config.json", b"{}"),
            (CONFIG, "chat_template.jinja", b"{{ messages }}"),
            (DOC, "README.md", b"# Model"),
            (DOC, "LICENSE.txt", b"MIT"),
            annotations={"org.cncf.modctl.modelfile": "NAME x"},
        )
    )
    assert [blob.digest for blob in bundle.weights] == [Digest.of(model_bytes())]
    assert bundle.metadata == Metadata(
        architecture="llama", name="tiny", parameters=2592, quantization="F32", context_length=64
    )
    assert bundle.template == Template(text="{{ messages }}", language="jinja")
    assert bundle.licenses == ("MIT",)
    assert [extra.path for extra in bundle.extras] == ["config.json", "README.md"]
    assert bundle.labels == {"org.cncf.modctl.modelfile": "NAME x"}


def test_what_is_kept_is_kept_when_it_is_written_as_ours() -> None:
    bundle = read_bundle(*_artifact(MODEL, (DOC, "README.md", b"# Model"), ("a/b", None, b"?")))
    graph = write(bundle)
    again = read_bundle(graph.root, fetch_from(graph))
    assert again.extras == bundle.extras
    assert [extra.path for extra in again.extras] == ["README.md", None]
    assert write(again) == graph


def test_a_model_can_be_built_on_it() -> None:
    base = read_bundle(*_artifact(MODEL, (DOC, "README.md", b"# Model")))
    graph = write(overlay(base, FULL))
    assert read_bundle(graph.root, fetch_from(graph)).system == FULL.system


def test_a_file_that_has_the_name_of_a_layer_of_ours_is_an_error_when_both_are_written() -> None:
    base = read_bundle(*_artifact(MODEL, (CONFIG, "system.txt", b"not ours")))
    assert base.system is None
    write(base)
    with pytest.raises(FormatError, match=r"two layers for one file: 'system\.txt'"):
        write(overlay(base, FULL))


@pytest.mark.parametrize("name", ["dev.olbuild.x", "dev.olbuild.instruction"])
def test_an_annotation_of_ours_without_any_role_is_refused(name: str) -> None:
    layers = [Descriptor.of(WEIGHT, model_bytes(), **{name: "1"}).to_json()]
    with pytest.raises(FormatError, match=r"layers\[0\] has annotations of olbuild's and no dev\.olbuild\.role"):
        read_bundle(*_artifact(MODEL, layers=layers))


def test_a_file_whose_title_is_the_name_of_a_layer_of_ours_is_an_error_too() -> None:
    notes = Descriptor.of(DOC, b"notes", **{"org.opencontainers.image.title": "system.txt"}).to_json()
    weights = Descriptor.of(WEIGHT, model_bytes()).to_json()
    base = read_bundle(*_artifact(MODEL, (DOC, None, b"notes"), layers=[weights, notes]))
    write(base)
    with pytest.raises(FormatError, match=r"two layers for one file: 'system\.txt'"):
        write(overlay(base, FULL))


def test_files_are_recognised_by_their_headers() -> None:
    shards = shard_bytes(2)
    bundle = read_bundle(
        *_artifact(
            (WEIGHT, "x/b-00002-of-00002.gguf", shards[1]),
            (WEIGHT, "x/b-00001-of-00002.gguf", shards[0]),
            (WEIGHT, "one.gguf", projector_bytes()),
            (WEIGHT, "two.gguf", adapter_bytes()),
        )
    )
    assert [blob.digest for blob in bundle.weights] == [Digest.of(shard) for shard in shards]
    assert [blob.digest for blob in bundle.projectors] == [Digest.of(projector_bytes())]
    assert [blob.digest for blob in bundle.adapters] == [Digest.of(adapter_bytes())]
    assert {blob.role for blob in bundle.blobs} == {Role.WEIGHTS, Role.PROJECTOR, Role.ADAPTER}
    assert bundle.metadata.vision


def test_artifacts_of_docker_and_of_podman() -> None:
    docker = _artifact(("application/vnd.cncf.model.weight.v1.gguf", "model.gguf", model_bytes()))
    podman = _artifact((WEIGHT, None, model_bytes()), config_type=EMPTY)
    older = _artifact(MODEL, artifactType=None)
    for root, fetch in (docker, podman, older):
        assert read_bundle(root, fetch).weights[0].digest == Digest.of(model_bytes())


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (
            [MODEL, (WEIGHT, "other.gguf", model_bytes(seed=4))],
            r"is a whole model, and .*other\.gguf holds weights too",
        ),
        ([(WEIGHT, "model.gguf", model_bytes()[:200])], r"model\.gguf: .* ends after 200 bytes"),
        ([MODEL, (DOC, "../README.md", b"x")], "leaves its folder"),
        ([MODEL, (DOC, "/LICENSE", b"x")], "not a relative path"),
        ([MODEL, (DOC, "Model-Q8.gguf", b"x")], "two layers for one file"),
        ([MODEL, (DOC, "LICENSE", b"\xff")], "LICENSE is not UTF-8"),
    ],
)
def test_an_artifact_that_cannot_be_used(files: list[File], reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        read_bundle(*_artifact(*files))


@pytest.mark.parametrize(
    "files",
    [
        [(DOC, "README.md", b"x")],
        [(WEIGHT, "model.safetensors", b"\x10" + bytes(100)), (CONFIG, "config.json", b"{}")],
        [(WEIGHT, "lora.gguf", adapter_bytes())],
    ],
)
def test_an_artifact_without_gguf_weights_is_looked_at_and_not_used(files: list[File]) -> None:
    bundle = read_bundle(*_artifact(*files))
    assert bundle.weights == ()
    assert [*(extra.path for extra in bundle.extras), *("lora.gguf" for _ in bundle.adapters)] == [
        path for _, path, _ in files
    ]
    with pytest.raises(FormatError, match="me/x has no GGUF weights"):
        require_gguf(bundle, "me/x")


def test_a_shard_that_is_missing_is_not_found() -> None:
    with pytest.raises(NotFoundError, match=r"m-00001-of-00002\.gguf of the model's 2 parts is missing"):
        read_bundle(*_artifact((WEIGHT, "m-00002-of-00002.gguf", shard_bytes(2)[1])))


def test_an_artifact_of_another_type_is_known_by_its_first_bytes() -> None:
    files: list[File] = [("a/b", "x/model.bin", model_bytes()), (DOC, "LICENSE", b"MIT")]
    bundle = read_bundle(*_artifact(*files, artifactType="application/vnd.example"))
    assert [blob.digest for blob in bundle.weights] == [Digest.of(model_bytes())]
    assert bundle.licenses == ("MIT",)
    with pytest.raises(FormatError, match=r"of the type 'application/vnd\.example', which is not a model"):
        read_bundle(*_artifact(("a/b", None, b"GGML" * 9), artifactType="application/vnd.example"))


def test_an_index_and_a_blob_are_no_models() -> None:
    for media_type, reason in ((MediaType.OCI_INDEX, "an index of several"), ("text/plain", "is not a manifest")):
        root = Descriptor.of(media_type, b"{}")
        with pytest.raises(FormatError, match=reason):
            read_bundle(root, fetch_from(Graph((Node(root, BytesContent(b"{}")),))))

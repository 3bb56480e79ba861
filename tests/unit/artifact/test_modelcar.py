"""Models as container images: what is written, and images of others."""

import hashlib
import io
import json
import tarfile
from typing import Any

import pytest

from olbuild.artifact.bundle import Bundle, Extra, Template
from olbuild.artifact.profiles import modelcar, modelpack, packed_profile, read_bundle, read_manifest
from olbuild.core.content import BytesContent, Descriptor, Graph, Reader
from olbuild.core.errors import FormatError, IntegrityError
from olbuild.core.events import Advanced, Event, Finished, Started, ignore
from olbuild.core.names import Digest, MediaType, Role
from olbuild.core.records import replace
from olbuild.testing.gguf import TensorSpec, gguf_bytes
from olbuild.testing.models import model_bytes, model_metadata, model_tensors, shard_bytes
from tests.unit.artifact.contents import altered, blob, fetch_from, read_whole
from tests.unit.artifact.packing import LAYER, image, link, tar
from tests.unit.artifact.test_modelpack import FULL, MINIMAL

# Pinned: a change here changes the digest of everybody's image.
PINNED = "sha256:d3b711cc7e8f1e7e511fe65f488c428d8f6adca50ee22d78954ff85078501cd4"
README = Extra(
    path="docs/README.md",
    descriptor=Descriptor.of("text/markdown", b"# Model", **{"org.opencontainers.image.title": "docs/README.md"}),
    content=BytesContent(b"# Model"),
)


def _manifest(graph: Graph) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(graph.nodes[-1].content.read_at(0, graph.root.size))
    return document


def _data(graph: Graph, digest: str) -> bytes:
    node = graph.find(Digest.parse(digest))
    assert node is not None
    return node.content.read_at(0, node.content.size)


def test_an_image_has_a_layer_for_each_file_below_models() -> None:
    graph = modelcar.write(replace(FULL, extras=(README,)))
    manifest = _manifest(graph)
    config = json.loads(_data(graph, manifest["config"]["digest"]))
    assert manifest["config"]["mediaType"] == MediaType.OCI_CONFIG
    assert {layer["mediaType"] for layer in manifest["layers"]} == {LAYER}
    assert config == {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "created": FULL.created,
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in manifest["layers"]]},
    }
    files: dict[str, bytes] = {}
    for layer in manifest["layers"]:
        data = _data(graph, layer["digest"])
        assert len(data) == layer["size"]
        assert f"sha256:{hashlib.sha256(data).hexdigest()}" == layer["digest"]
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            *folders, file = archive.getmembers()
            assert [folder.name for folder in folders] == ["models", "models/docs"][: len(folders)]
            assert (file.mtime, file.uid, file.gid, file.mode) == (0, 0, 0, 0o644)
            assert file.offset_data % 4096 == 0
            stream = archive.extractfile(file)
            assert stream is not None
            files[file.name] = stream.read()
    assert files["models/model-00002-of-00003.gguf"] == shard_bytes(3)[1]
    assert files["models/system.txt"] == b"Be brief.\n"
    assert files["models/docs/README.md"] == b"# Model"
    assert len(files) == len(manifest["layers"]) == 15
    titles = [key for layer in manifest["layers"] for key in layer["annotations"] if key.endswith(("title", "path"))]
    assert {*titles} == {"dev.olbuild.title", "dev.olbuild.filepath"}  # a tar archive is not called model.gguf
    assert str(graph.root.digest) == PINNED


def test_nothing_is_lost_but_files_without_a_path() -> None:
    nameless = Extra(path=None, descriptor=Descriptor.of("a/b", b"?"), content=BytesContent(b"?"))
    bundle = replace(MINIMAL, extras=(README, nameless))
    assert modelcar.losses(bundle) == (f"the file {Digest.of(b'?').short} is left out",)
    assert modelcar.losses(replace(FULL, extras=(README,))) == ()
    graph = modelcar.write(bundle)
    assert read_whole(graph.root, fetch_from(graph)).extras == (README,)


def test_an_image_is_looked_at_without_unpacking_it() -> None:
    graph = modelcar.write(FULL)
    bundle = read_bundle(graph.root, fetch_from(graph))
    assert bundle.weights == ()
    assert bundle.labels == {"org.example.team": "a", "version": "2"}
    assert len(bundle.extras) == 14


def test_a_model_of_too_many_files_is_none() -> None:
    many = tuple(f"Licence {number}" for number in range(125))
    with pytest.raises(FormatError, match="has 126 files, and an image takes 125 layers"):
        modelcar.write(replace(MINIMAL, licenses=many))
    modelcar.write(replace(MINIMAL, licenses=many[1:]))


def test_a_file_that_ends_early_is_found_out() -> None:
    short = replace(blob(Role.WEIGHTS, model_bytes()), size=len(model_bytes()) + 1)
    with pytest.raises(IntegrityError, match=r"."):
        modelcar.write(Bundle(weights=(replace(short, content=_Short(model_bytes())),)))


class _Short(BytesContent):
    @property
    def size(self) -> int:
        return len(self.data) + 1


@pytest.mark.parametrize(
    ("key", "value"),
    [("dev.olbuild.title", "other.gguf"), ("dev.olbuild.role", "voice"), ("dev.olbuild.role", "system")],
)
def test_annotations_that_do_not_fit_the_file_are_refused(key: str, value: str) -> None:
    def change(document: dict[str, Any]) -> None:
        notes = document["layers"][0]["annotations"]
        notes[key] = value
        if key.endswith("title"):
            notes["dev.olbuild.filepath"] = value

    with pytest.raises(FormatError):
        read_whole(*altered(modelcar.write(FULL), change))


def test_a_layer_with_a_second_file_is_refused() -> None:
    second = tar(("models/model.gguf", model_bytes()), ("models/system.txt", b"x"))
    root, fetch = image(second)
    document = json.loads(fetch(root).read_at(0, root.size))
    graph = modelcar.write(MINIMAL)
    first = _manifest(graph)["layers"][0]["annotations"]
    document["layers"][0]["annotations"] = first
    data = json.dumps(document).encode()
    forged = Descriptor.of(MediaType.OCI_MANIFEST, data)
    with pytest.raises(FormatError, match=r"layers\[0\] does not hold 'models/model\.gguf', and nothing else"):
        read_whole(forged, lambda each: BytesContent(data) if each.digest == forged.digest else fetch(each))


SHELL = tar(("bin", None), ("bin/sh", b"#!"), link("bin/bash", "sh"), link("bin/ash", "bin/sh", symbolic=False))


@pytest.mark.parametrize(
    "kind", [LAYER, LAYER + "+gzip", LAYER + "+zstd", "application/vnd.docker.image.rootfs.diff.tar.gzip"]
)
def test_an_image_of_somebody_else(kind: str) -> None:
    files = tar(
        ("models", None),
        ("models/m.gguf", model_bytes()),
        ("./models/chat_template.jinja", b"{{ messages }}"),
        ("models/LICENSE", b"MIT"),
        ("models/a/config.json", b"{}"),
        ("etc/passwd", b"root"),
    )
    kind_of_bytes = kind.replace(".tar.gzip", ".tar+gzip") if kind.endswith(".tar.gzip") else kind
    bundle = read_whole(*image(SHELL, files, kind=kind_of_bytes))
    assert [each.digest for each in bundle.weights] == [Digest.of(model_bytes())]
    assert bundle.template == Template(text="{{ messages }}", language="jinja")
    assert bundle.licenses == ("MIT",)
    assert [extra.path for extra in bundle.extras] == ["a/config.json"]
    modelpack.write(bundle)


def test_later_layers_lie_over_earlier_ones() -> None:
    first = tar(
        ("models/m.gguf", model_bytes()), ("models/LICENSE", b"MIT"), ("models/a/b", b"1"), ("models/a/c", b"2")
    )
    second = tar(("models/.wh.m.gguf", b""), ("models/n.gguf", model_bytes("other", 3)), ("models/a/.wh..wh..opq", b""))
    third = tar(("models/a/d", b"3"), ("models/LICENSE", b"BSD"))
    bundle = read_whole(*image(first, second, third))
    assert [each.digest for each in bundle.weights] == [Digest.of(model_bytes("other", 3))]
    assert bundle.licenses == ("BSD",)
    assert [extra.path for extra in bundle.extras] == ["a/d"]
    with pytest.raises(FormatError, match="has no file below /models/"):
        read_whole(*image(first, tar((".wh.models", b""))))


@pytest.mark.parametrize(
    ("settings", "history", "reads"),
    [
        (None, None, True),
        ({}, None, True),
        ({"Cmd": ["/bin/sh"]}, None, False),
        ({"Entrypoint": ["/app"]}, [{"created_by": "COPY app /app"}], False),
        ({"Cmd": ["/bin/sh"]}, [{"created_by": "COPY model.gguf /models/model.gguf"}], True),
    ],
)
def test_an_image_that_runs_something_else_is_no_model(settings: object, history: object, *, reads: bool) -> None:
    root, fetch = image(SHELL, settings=settings, history=history)
    if reads:
        read_bundle(root, fetch)
        return
    with pytest.raises(FormatError, match="a container image and not a model"):
        read_bundle(root, fetch)


def test_a_link_is_not_followed() -> None:
    with pytest.raises(FormatError, match="has no file below /models/"):
        read_whole(*image(tar(("x/m.gguf", model_bytes()), link("models/m.gguf", "../x/m.gguf"))))


@pytest.mark.parametrize("path", ["models/../../x", "/models/x", "models/a\\b", "models/\u202ex"])
def test_an_unsafe_path_is_refused(path: str) -> None:
    with pytest.raises(FormatError):
        read_whole(*image(tar(("models/m.gguf", model_bytes()), (path, b"x"))))


def test_an_image_is_packed_and_an_artifact_is_not() -> None:
    graph = modelcar.write(MINIMAL)
    assert packed_profile(read_manifest(graph.root, fetch_from(graph))) is modelcar
    graph = modelpack.write(MINIMAL)
    assert packed_profile(read_manifest(graph.root, fetch_from(graph))) is None


def test_the_digest_of_an_archive_is_remembered() -> None:
    large = write_gguf_bytes(3 << 20)
    bundle = Bundle(weights=(blob(Role.WEIGHTS, large),))
    memory, events = _Memory(), list[Event]()
    graph = modelcar.write(bundle, modelcar.ArchiveDigests(memory, events.append))
    assert graph == modelcar.write(bundle)
    assert [type(event) for event in (events[0], events[-1])] == [Started, Finished]
    assert sum(event.amount for event in events if isinstance(event, Advanced)) == graph.nodes[1].descriptor.size
    assert len(memory.documents) == 1
    unreadable = replace(bundle.weights[0], content=_Unreadable(large))
    assert modelcar.write(Bundle(weights=(unreadable,)), modelcar.ArchiveDigests(memory, ignore)).root == graph.root
    other = Bundle(weights=(blob(Role.WEIGHTS, large[:-1] + b"x"),))
    assert modelcar.write(other, modelcar.ArchiveDigests(memory, ignore)) == modelcar.write(other)
    for document in memory.documents.values():
        document["digest"] = "sha256:x"
    assert modelcar.write(bundle, modelcar.ArchiveDigests(memory, ignore)) == graph


def write_gguf_bytes(size: int) -> bytes:
    return gguf_bytes(model_metadata(), [*model_tensors(), TensorSpec("x.weight", (1024, size // 2048), "F16", seed=1)])


class _Memory:
    def __init__(self) -> None:
        self.documents: dict[str, dict[str, object]] = {}

    def get(self, key: str) -> dict[str, object] | None:
        return self.documents.get(key)

    def put(self, key: str, value: dict[str, object]) -> None:
        self.documents[key] = value


class _Unreadable(BytesContent):
    def open(self, offset: int = 0, size: int | None = None) -> Reader:
        raise AssertionError(f"read from {offset}, {size} bytes")

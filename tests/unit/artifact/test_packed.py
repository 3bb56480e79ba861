"""Models in tar layers, and of other types: ModelKits, ModelPack as modctl packs it, and whatever holds a GGUF file."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from olbuild.artifact.bundle import Bundle, Template
from olbuild.artifact.profiles import Fetch, docker, modelpack, packed_profile, read_bundle, read_manifest
from olbuild.artifact.profiles.packed import is_tar
from olbuild.core.content import Descriptor, FileContent
from olbuild.core.errors import FormatError
from olbuild.core.names import Digest, MediaType
from olbuild.testing.models import model_bytes, projector_bytes
from tests.tools import ROOT
from tests.unit.artifact.contents import read_whole
from tests.unit.artifact.packing import artifact, tar

LAYOUT = ROOT / "tests" / "data" / "artifacts"
KIT_CONFIG = "application/vnd.kitops.modelkit.config.v1+json"
KIT = "application/vnd.kitops.modelkit."
PACK = "application/vnd.cncf.model."


def golden(name: str) -> tuple[Descriptor, Fetch]:
    """Return an artifact that another tool made (tests/data/README.md)."""
    index = json.loads((LAYOUT / "index.json").read_text())
    entry = next(
        each for each in index["manifests"] if each["annotations"]["org.opencontainers.image.ref.name"] == name
    )

    def fetch(descriptor: Descriptor) -> FileContent:
        return FileContent.of(Path(LAYOUT / "blobs" / "sha256" / descriptor.digest.hex))

    return Descriptor.from_json(entry, name), fetch


@pytest.mark.parametrize("name", ["kitops-tar", "kitops-gzip"])
def test_a_modelkit_of_kit(name: str) -> None:
    root, fetch = golden(name)
    looked = read_bundle(root, fetch)
    assert looked.weights == ()
    assert len(looked.extras) == 5
    bundle = read_whole(root, fetch)
    assert [each.digest for each in bundle.weights] == [Digest.of(model_bytes())]
    assert bundle.metadata.architecture == "llama"
    assert bundle.licenses == ("MIT License\n",)
    assert sorted(extra.path or "packed" for extra in bundle.extras) == ["README.md", "docs/a.md", "packed"]
    assert bundle.labels == {"ml.kitops.modelkit.cli-version": "unknown"}
    modelpack.write(bundle)


def test_a_packed_artifact_of_modctl() -> None:
    bundle = read_whole(*golden("modctl-tar"))
    assert [each.digest for each in bundle.weights] == [Digest.of(model_bytes())]
    assert bundle.template == Template(text="{{ messages[0].content }}", language="jinja")
    assert bundle.licenses == ("MIT License\n",)
    assert sorted(extra.path or "" for extra in bundle.extras) == ["README.md", "config.json"]
    modelpack.write(bundle)


def test_an_artifact_of_docker_model_runner() -> None:
    bundle = read_bundle(*golden("docker-raw"))
    assert [each.digest for each in bundle.weights] == [Digest.of(model_bytes())]
    assert [each.digest for each in bundle.projectors] == [Digest.of(projector_bytes())]
    assert bundle.template == Template(text="{{ messages[0].content }}", language="jinja")
    assert bundle.licenses == ("MIT License\n",)
    assert bundle.parameters == {}  # the context size is the one that Docker filled in
    assert docker.losses(bundle) == ()


@pytest.mark.parametrize("packing", ["tar", "tar+gzip", "tar+zstd"])
def test_every_packing_of_modelpack(packing: str) -> None:
    bundle = read_whole(
        *artifact(
            (f"{PACK}weight.v1.{packing}", tar(("a/m.gguf", model_bytes()), ("a/mmproj.gguf", projector_bytes()))),
            (f"{PACK}weight.config.v1.{packing}", tar(("chat_template.jinja", b"{{ messages }}"))),
            (f"{PACK}doc.v1.{packing}", tar(("LICENSE", b"MIT"))),
            (f"{PACK}dataset.v1.{packing}", tar(("d.gguf", model_bytes("data")))),
            config_type=MediaType.MODEL_CONFIG,
            artifactType=MediaType.MODEL_ARTIFACT,
        )
    )
    _check(bundle)
    assert bundle.template == Template(text="{{ messages }}", language="jinja")
    assert [extra.descriptor.media_type for extra in bundle.extras] == [f"{PACK}dataset.v1.{packing}"]


@pytest.mark.parametrize("layer", ["tar", "tar+gzip", "tar+zstd"])
@pytest.mark.parametrize(
    ("config_type", "manifest"),
    [
        (KIT_CONFIG, {}),
        (MediaType.OCI_EMPTY.value, {"artifactType": "application/vnd.kitops.modelkit.manifest.v1+json"}),
    ],
)
def test_every_packing_of_kitops(layer: str, config_type: str, manifest: Mapping[str, str]) -> None:
    layers = [
        (f"{KIT}model.v1.{layer}", tar(("m.gguf", model_bytes()))),
        (f"{KIT}modelpart.v1.{layer}", tar(("parts/mmproj.gguf", projector_bytes()))),
        (f"{KIT}docs.v1.{layer}", tar(("LICENSE", b"MIT"))),
        (f"{KIT}code.v1.{layer}", tar(("x.gguf", model_bytes("code")))),
    ]
    bundle = read_whole(*artifact(*layers, config_type=config_type, **manifest))
    _check(bundle)
    assert [extra.descriptor.media_type for extra in bundle.extras] == [f"{KIT}code.v1.{layer}"]


def _kitfile(*entries: tuple[str, bytes]) -> dict[str, object]:
    model, part, *docs = ({"path": path, "digest": str(Digest.of(data))} for path, data in entries)
    return {"manifestVersion": "1.0.0", "model": {**model, "parts": [part]}, "docs": docs}


def test_a_modelkit_of_raw_layers_needs_no_unpacking() -> None:
    root, fetch = artifact(
        (f"{KIT}model.v1.raw", model_bytes()),
        (f"{KIT}modelpart.v1.raw", projector_bytes(), {"org.opencontainers.image.title": "part.gguf"}),
        (f"{KIT}docs.v1.raw", b"MIT"),
        (f"{KIT}docs.v1.raw", b"# Model"),
        config_type=KIT_CONFIG,
        config=_kitfile(
            ("./m.gguf", model_bytes()), ("p.gguf", projector_bytes()), ("LICENSE", b"MIT"), ("a/b.md", b"# Model")
        ),
    )
    assert packed_profile(read_manifest(root, fetch)) is None
    bundle = read_bundle(root, fetch)
    _check(bundle)
    assert [extra.path for extra in bundle.extras] == ["a/b.md"]


@pytest.mark.parametrize(
    "config",
    [[], {"model": [], "docs": {}}, {"model": {"parts": 1, "path": 2, "digest": 3}, "docs": [None, {"path": "x"}]}],
)
def test_a_kitfile_that_is_odd_says_nothing(config: object) -> None:
    root, fetch = artifact((f"{KIT}model.v1.raw", model_bytes()), config_type=KIT_CONFIG, config=config)
    assert [each.digest for each in read_bundle(root, fetch).weights] == [Digest.of(model_bytes())]


def test_an_unsafe_path_in_a_kitfile_is_refused() -> None:
    config = {"model": {"path": "../m.gguf", "digest": str(Digest.of(model_bytes()))}}
    with pytest.raises(FormatError, match="leaves its folder"):
        read_bundle(*artifact((f"{KIT}model.v1.raw", model_bytes()), config_type=KIT_CONFIG, config=config))


def _check(bundle: Bundle) -> None:
    assert [each.digest for each in bundle.weights] == [Digest.of(model_bytes())]
    assert [each.digest for each in bundle.projectors] == [Digest.of(projector_bytes())]
    assert bundle.licenses == ("MIT",)
    modelpack.write(bundle)


@pytest.mark.parametrize("media_type", ["application/x-gguf.tar", "application/vnd.example.model.tar+zstd"])
def test_a_model_in_one_tar_layer_of_any_type(media_type: str) -> None:
    root, fetch = artifact((media_type, tar(("folder/m.bin", model_bytes()), ("LICENSE", b"MIT"))))
    assert read_bundle(root, fetch).weights == ()
    bundle = read_whole(root, fetch)
    assert [each.digest for each in bundle.weights] == [Digest.of(model_bytes())]
    assert bundle.licenses == ("MIT",)


@pytest.mark.parametrize(
    "layer",
    [
        ("application/vnd.cncf.helm.chart.content.v1.tar+gzip", tar(("chart/values.yaml", b"{}"))),
        ("text/plain", b"GGML" * 20),
        ("text/plain", b""),
        ("application/octet-stream", b"\x10safetensors"),
    ],
)
def test_what_speaks_of_no_model_is_none(layer: tuple[str, bytes]) -> None:
    with pytest.raises(FormatError, match="which is not a model that olbuild reads"):
        read_bundle(*artifact(layer))


@pytest.mark.parametrize("name", ["kitops-tar", "modctl-tar"])
def test_a_packed_artifact_says_so(name: str) -> None:
    root, fetch = golden(name)
    assert packed_profile(read_manifest(root, fetch)) is not None


def test_tar_layers_are_known_by_their_media_types() -> None:
    for ending in ("tar", "tar+gzip", "tar.gzip", "tar+zstd"):
        assert is_tar(f"application/x.{ending}")
    assert not is_tar("application/x.tarball")
    assert not is_tar("application/vnd.cncf.model.weight.v1.raw")

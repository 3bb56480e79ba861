"""A local Ollama's models are taken before its library is asked, and read only."""

import json
from pathlib import Path

import pytest

from olbuild.api.building import BuildRequest, build
from olbuild.api.transfer import pull
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles import ollama, read_bundle
from olbuild.core.config import load_config
from olbuild.core.content import Graph
from olbuild.core.errors import FormatError, IntegrityError, NotFoundError
from olbuild.core.events import Event, Said
from olbuild.core.names import Role
from olbuild.storage.ollama import OllamaModels
from olbuild.testing.models import model_bytes
from tests.unit.artifact.contents import blob

TINY = ollama.write(Bundle(weights=(blob(Role.WEIGHTS, model_bytes()),), system="of a local Ollama"))


def put(folder: Path, graph: Graph, name: str) -> Path:
    """Write a model as ``ollama pull`` does."""
    (folder / "blobs").mkdir(parents=True, exist_ok=True)
    for node in graph.nodes[:-1]:
        data = node.content.read_at(0, node.descriptor.size)
        (folder / "blobs" / f"sha256-{node.descriptor.digest.hex}").write_bytes(data)
    path = folder / "manifests" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(graph.nodes[-1].content.read_at(0, graph.root.size))
    return path


@pytest.fixture
def models(hermetic_environment: Path) -> Path:
    """A local Ollama with one model."""
    folder = hermetic_environment / ".ollama" / "models"
    put(folder, TINY, "registry.ollama.ai/library/tiny/1b")
    return folder


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def workspace(said: list[str]) -> Workspace:
    """A workspace that may ask nobody."""

    def listen(event: Event) -> None:
        if isinstance(event, Said):
            said.append(event.text)

    return Workspace(load_config({"offline": True}), listen)


def test_pull_takes_what_is_there(workspace: Workspace, models: Path, said: list[str]) -> None:
    moved = pull(workspace, "tiny:1b")
    assert (moved.name, moved.descriptor) == ("tiny:1b", TINY.root)
    assert said == [f"tiny:1b is not in the local store; taking it from Ollama's models in {models}"]
    assert workspace.store.verify() == ()
    with pytest.raises(NotFoundError, match="names no registry"):
        pull(workspace, "tiny:2b")


def test_names_are_found_whatever_their_case(models: Path) -> None:
    found = OllamaModels(models)
    for name in ("tiny:1b", "library/tiny:1b", "registry.ollama.ai/library/tiny:1b", "Tiny:1B"):
        assert found.has(name)
        assert found.resolve(name) == TINY.root
    assert not found.has("other/tiny:1b")
    assert not OllamaModels(models / "none").has("tiny:1b")
    with pytest.raises(NotFoundError, match="have no"):
        found.resolve("tiny")


@pytest.mark.parametrize("link", [False, True])
def test_from_takes_what_is_there(workspace: Workspace, models: Path, tmp_path: Path, *, link: bool) -> None:
    request = BuildRequest(data=b"FROM tiny:1b\nPARAMETER top_k 1\n", name="Modelfile", folder=tmp_path, link=link)
    root = build(workspace, request, ("mine",)).descriptor
    bundle = read_bundle(root, workspace.store.fetch)
    assert (bundle.system, bundle.parameters) == ("of a local Ollama", {"top_k": 1})
    weights = models / "blobs" / f"sha256-{bundle.weights[0].digest.hex}"
    assert (weights.stat().st_nlink > 1) == link
    assert weights.read_bytes() == model_bytes()


def test_ollama_models_names_the_folder(
    workspace: Workspace, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.rename(tmp_path / "elsewhere")
    with pytest.raises(NotFoundError):
        pull(workspace, "tiny:1b")
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "elsewhere"))
    assert pull(workspace, "tiny:1b").descriptor == TINY.root


def test_a_damaged_model_is_not_believed(workspace: Workspace, models: Path) -> None:
    weights = models / "blobs" / f"sha256-{TINY.nodes[1].descriptor.digest.hex}"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(IntegrityError):
        pull(workspace, "tiny:1b")
    weights.unlink()
    with pytest.raises(NotFoundError, match="lack"):
        pull(workspace, "tiny:1b")
    assert workspace.store.names() == {}


def test_a_manifest_that_is_none(workspace: Workspace, models: Path) -> None:
    path = models / "manifests" / "registry.ollama.ai" / "library" / "tiny" / "1b"
    path.write_bytes(b" " * (5 << 20))
    with pytest.raises(FormatError, match="larger"):
        pull(workspace, "tiny:1b")
    path.write_text(json.dumps({"schemaVersion": 1}))
    with pytest.raises(FormatError):
        pull(workspace, "tiny:1b")
    assert [*path.parent.iterdir()] == [path]  # nothing is written there

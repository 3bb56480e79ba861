"""A stock Ollama pulls what olbuild built. No binary of it is here: its requests are said byte for byte instead."""

import json
from pathlib import Path

import pytest

from olbuild.api.building import BuildRequest, build
from olbuild.api.ollama import derived_ollama
from olbuild.api.workspace import Workspace
from olbuild.core.config import load_config
from olbuild.core.content import read_verified
from olbuild.core.names import MediaType
from olbuild.storage.store import Store
from olbuild.testing.models import model_bytes
from tests.integration.hub import ollama
from tests.integration.hub.client import ask
from tests.unit.storage.artifacts import put

pytestmark = pytest.mark.integration

MODELFILE = """FROM ./model.gguf
TEMPLATE {{ .Prompt }}
SYSTEM You are short.
PARAMETER temperature 0.5
LICENSE free
"""


@pytest.fixture
def workspace(home: Path) -> Workspace:
    return Workspace(load_config({"home": str(home)}))


@pytest.fixture
def built(workspace: Workspace, tmp_path: Path) -> str:
    (tmp_path / "model.gguf").write_bytes(model_bytes())
    build(workspace, BuildRequest(data=MODELFILE.encode(), name="Modelfile", folder=tmp_path), ("me/assistant",))
    return "me/assistant"


def test_what_is_built_here_is_pulled_by_ollama(host: str, workspace: Workspace, built: str) -> None:
    manifest, blobs = ollama.pull(host, built, "latest")
    root = workspace.store.resolve(f"{built}:latest")
    assert root.media_type == MediaType.OCI_MANIFEST
    expected = derived_ollama(workspace, root)
    node = expected.find(expected.root.digest)
    assert node is not None
    assert manifest == json.loads(read_verified(node.content, node.descriptor, "expected"))
    kinds = {layer["mediaType"].rpartition(".")[2]: blobs[layer["digest"]] for layer in manifest["layers"]}
    assert kinds["model"] == model_bytes()
    assert kinds["template"] == b"{{ .Prompt }}"
    assert kinds["system"] == b"You are short."
    assert json.loads(kinds["params"]) == {"temperature": 0.5}
    assert json.loads(blobs[manifest["config"]["digest"]])["model_format"] == "gguf"


def test_others_get_the_artifact_itself(host: str, workspace: Workspace, built: str) -> None:
    root = workspace.store.resolve(f"{built}:latest")
    docker, oci = MediaType.DOCKER_MANIFEST.value, MediaType.OCI_MANIFEST.value
    for accept in ("", "*/*", oci, f"{docker}, {oci}"):
        answer = ask(host, "GET", f"/v2/{built}/manifests/latest", headers={"Accept": accept} if accept else {})
        assert answer.headers["docker-content-digest"] == str(root.digest)


def test_a_model_in_ollamas_format_is_served_as_it_is(host: str, workspace: Workspace, built: str) -> None:
    graph = derived_ollama(workspace, workspace.store.resolve(f"{built}:latest"))
    for node in graph:
        workspace.store.push(node.descriptor, node.content)
    workspace.store.tag(graph.root, "tiny:latest")
    answer = ask(host, "GET", "/v2/library/tiny/manifests/latest", headers={"Accept": MediaType.DOCKER_MANIFEST.value})
    assert answer.headers["docker-content-digest"] == str(graph.root.digest)
    ollama.pull(host, "library/tiny", "latest")


def test_what_is_no_model_is_not_there_for_ollama(host: str, store: Store) -> None:
    put(store, "image", "me/image:v1")
    answer = ask(host, "GET", "/v2/me/image/manifests/v1", headers={"Accept": MediaType.DOCKER_MANIFEST.value})
    assert (answer.status, answer.code) == (404, "MANIFEST_UNKNOWN")


def test_ollama_pushes(host: str, workspace: Workspace, built: str) -> None:
    graph = derived_ollama(workspace, workspace.store.resolve(f"{built}:latest"))
    *blobs, manifest = [read_verified(node.content, node.descriptor, "made", 1 << 30) for node in graph]
    ollama.push(host, "me/pushed", "v1", manifest, blobs)
    assert workspace.store.resolve("me/pushed:v1").digest == graph.root.digest
    assert ollama.pull(host, "me/pushed", "v1")[0] == json.loads(manifest)

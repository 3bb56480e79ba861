"""A stock Ollama on the other side: it pulls what olbuild wrote, and olbuild pulls what it pushed.

These run where an ``ollama`` is installed. It needs no engine for them.
"""

import hashlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from olbuild.api.building import BuildRequest, build
from olbuild.api.transfer import pull, push
from olbuild.api.workspace import Workspace
from olbuild.api.writing import Profile
from olbuild.artifact.profiles import read_bundle
from olbuild.core.config import load_config
from olbuild.core.content import Descriptor
from olbuild.testing.hub import hub
from olbuild.testing.models import model_bytes
from olbuild.testing.ollama import OllamaRegistry
from tests.tools import require_program

pytestmark = pytest.mark.integration

Ollama = Callable[..., None]
_PATIENCE = 30.0


@pytest.fixture
def ollama(tmp_path: Path) -> Iterator[Ollama]:
    """Run an Ollama with a home of its own; return what runs its commands."""
    program = require_program("ollama")
    with socket.create_server(("127.0.0.1", 0)) as free:
        host = f"127.0.0.1:{free.getsockname()[1]}"
    own = {"HOME": str(tmp_path / "ollama"), "OLLAMA_HOST": host, "OLLAMA_MODELS": str(tmp_path / "models")}
    environment = {**os.environ, **own}
    with (tmp_path / "ollama.log").open("wb") as log:
        server = subprocess.Popen([program, "serve"], env=environment, stdout=log, stderr=log)
    end = time.monotonic() + _PATIENCE
    while subprocess.run([program, "list"], env=environment, capture_output=True, check=False).returncode:
        assert time.monotonic() < end, (tmp_path / "ollama.log").read_text()
        time.sleep(0.1)

    def run(*arguments: str) -> None:
        finished = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stderr

    try:
        yield run
    finally:
        server.terminate()
        server.wait()


def make(workspace: Workspace, folder: Path, name: str, profile: Profile) -> Descriptor:
    (folder / "m.gguf").write_bytes(model_bytes())
    data = b"FROM ./m.gguf\nSYSTEM <hi>\nPARAMETER stop a&b\nTEMPLATE {{ .System }} {{ .Prompt }}\nLICENSE MIT\n"
    request = BuildRequest(data=data, name="Modelfile", folder=folder, profile=profile)
    return build(workspace, request, (name,)).descriptor


@pytest.mark.parametrize("profile", ["ollama", "modelpack"])
def test_it_pulls_from_a_registry_of_ours(ollama: Ollama, tmp_path: Path, profile: Profile) -> None:
    workspace = Workspace(load_config({"home": str(tmp_path / "home")}))
    expected = make(workspace, tmp_path, "me/expected", "ollama")
    make(workspace, tmp_path, "me/tiny:v1", profile)
    with hub(tmp_path / "home") as host:
        ollama("pull", "--insecure", f"{host}/me/tiny:v1")
        stored = (tmp_path / "models" / "manifests" / host / "me" / "tiny" / "v1").read_bytes()
    assert hashlib.sha256(stored).hexdigest() == expected.digest.hex
    blob = tmp_path / "models" / "blobs" / f"sha256-{hashlib.sha256(model_bytes()).hexdigest()}"
    assert blob.read_bytes() == model_bytes()


def test_it_pushes_to_a_registry_of_ours(ollama: Ollama, tmp_path: Path) -> None:
    workspace = Workspace(load_config({"home": str(tmp_path / "home")}))
    root = make(workspace, tmp_path, "me/tiny:v1", "ollama")
    with hub(tmp_path / "home") as host:
        ollama("pull", "--insecure", f"{host}/me/tiny:v1")
    other = Workspace(load_config({"home": str(tmp_path / "other")}))
    with hub(tmp_path / "other") as there:
        ollama("cp", f"{host}/me/tiny:v1", f"{there}/you/tiny:v2")
        ollama("push", "--insecure", f"{there}/you/tiny:v2")
    pushed = other.store.resolve("you/tiny:v2")
    assert read_bundle(pushed, other.store.fetch) == read_bundle(root, workspace.store.fetch)


@pytest.mark.parametrize("redirects", [True, False])
def test_both_speak_to_ollamas_registry_alike(ollama: Ollama, tmp_path: Path, *, redirects: bool) -> None:
    with OllamaRegistry(redirects=redirects).running() as registry:
        workspace = Workspace(load_config({"home": str(tmp_path / "home"), "ollama_registry": registry.host}))
        (Path.home() / ".ollama").mkdir()
        key = (tmp_path / "ollama" / ".ollama" / "id_ed25519").read_bytes()
        (Path.home() / ".ollama" / "id_ed25519").write_bytes(key)  # the stock one's: both are the same user
        root = make(workspace, tmp_path, "me/tiny:v1", "ollama")
        push(workspace, "me/tiny:v1", f"{registry.host}/me/tiny:v1")
        ollama("pull", "--insecure", f"{registry.host}/me/tiny:v1")
        stored = (tmp_path / "models" / "manifests" / registry.host / "me" / "tiny" / "v1").read_bytes()
        assert hashlib.sha256(stored).hexdigest() == root.digest.hex
        ollama("cp", f"{registry.host}/me/tiny:v1", f"{registry.host}/you/tiny:v2")
        registry.blobs.clear()  # so that it has something to push
        ollama("push", "--insecure", f"{registry.host}/you/tiny:v2")
        back = pull(workspace, f"{registry.host}/you/tiny:v2")
    assert back.name == "you/tiny:v2"
    assert read_bundle(back.descriptor, workspace.store.fetch) == read_bundle(root, workspace.store.fetch)

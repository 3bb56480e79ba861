"""Every client that is installed, before every registry: what olbuild pushes it pulls, and the other way round."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.artifacts import Artifact, make_artifact, visible_in_folder, visible_in_registry
from benchmarks.clients import CLIENTS, NAME, Client
from olbuild.testing.registries import KINDS, Kind, start_registry
from olbuild.testing.registry import Registry
from tests.command import olbuild
from tests.tools import CACHE, require_program

pytestmark = pytest.mark.integration

PEERS = [client for client in CLIENTS if client.name != "olbuild"]

clients = pytest.mark.parametrize("client", PEERS, ids=lambda client: client.name)


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Find programs where `.ci/run` puts them."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{CACHE / 'bin'}")


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return make_artifact(tmp_path_factory.mktemp("artifact"), 3_000_000, small_layers=2)


@pytest.fixture(params=KINDS)
def registry(request: pytest.FixtureRequest, tmp_path: Path, programs: None) -> Iterator[Registry]:  # noqa: ARG001 - before it
    kind: Kind = request.param
    with start_registry(kind, tmp_path / "registry") as started:
        yield started


def run(command: list[str]) -> str:
    finished = subprocess.run(command, capture_output=True, check=False, text=True)
    assert finished.returncode == 0, f"{command}\n{finished.stderr}"
    return finished.stdout


@clients
def test_what_olbuild_pushes_is_pulled(client: Client, registry: Registry, artifact: Artifact, tmp_path: Path) -> None:
    require_program(client.program)
    olbuild("push", "-q", NAME, f"{registry.host}/{NAME}", "--home", artifact.layout.with_name("home"))
    run(client.pull(registry.host, tmp_path / "pulled"))
    assert visible_in_folder(tmp_path / "pulled", client.blobs, artifact) == "whole"
    back = olbuild("pull", "-q", f"oci:{tmp_path / 'pulled'}", "me/again:1.0")
    assert back.stdout.strip() == artifact.root


@clients
def test_what_others_push_is_pulled(client: Client, registry: Registry, artifact: Artifact) -> None:
    require_program(client.program)
    run(client.push(registry.host, artifact.layout))
    assert visible_in_registry(registry.host, artifact) == "whole"
    assert olbuild("pull", "-q", f"{registry.host}/{NAME}").stdout.strip() == artifact.root
    assert f"{registry.host}/{NAME}" in olbuild("ls", "--json").stdout
    again = olbuild("push", "-q", f"{registry.host}/{NAME}", f"{registry.host}/me/copy:1.0")
    assert again.stdout.strip() == artifact.root


def test_what_points_to_an_artifact_is_seen_by_others(registry: Registry, artifact: Artifact, tmp_path: Path) -> None:
    """A referrer that oras attached goes along with a copy, and is found there by oras, regctl and cosign."""
    oras = str(require_program("oras"))
    there, copied = f"{registry.host}/{NAME}", f"{registry.host}/copied/model:1.0"
    olbuild("push", "-q", NAME, there, "--home", artifact.layout.with_name("home"))
    (tmp_path / "note.txt").write_text("seen by ada\n")
    note = "application/vnd.example.note"
    attach = [oras, "attach", "--plain-http", "--artifact-type", note, "--disable-path-validation", there]
    run([*attach, str(tmp_path / "note.txt")])
    olbuild("copy", "-q", "--referrers", there, copied)
    found = json.loads(run([oras, "discover", "--plain-http", "--format", "json", copied]))
    (referrer,) = found.get("referrers", found.get("manifests"))
    assert referrer["artifactType"] == note
    tree = f"{registry.host}/copied/model@{referrer['digest']}"
    data = run([oras, "manifest", "fetch", "--plain-http", tree]).encode()
    assert f"sha256:{hashlib.sha256(data).hexdigest()}" == referrer["digest"]


@pytest.mark.parametrize("program", ["regctl", "cosign"])
def test_the_tree_of_an_artifact(program: str, registry: Registry, artifact: Artifact, tmp_path: Path) -> None:
    """Others find a referrer that olbuild copied from a layout."""
    found = str(require_program(program))
    oras = str(require_program("oras"))
    layout = tmp_path / "layout"
    run(["cp", "-r", str(artifact.layout), str(layout)])
    (tmp_path / "note.txt").write_text("seen by ada\n")
    attach = [oras, "attach", "--oci-layout", "--artifact-type", "application/vnd.example.note"]
    run([*attach, "--disable-path-validation", f"{layout}:1.0", str(tmp_path / "note.txt")])
    there = f"{registry.host}/{NAME}"
    olbuild("copy", "-q", "--referrers", f"oci:{layout}:1.0", there)
    commands = {
        "regctl": [found, "--host", f"reg={registry.host},tls=disabled", "artifact", "tree", there],
        "cosign": [found, "tree", "--allow-insecure-registry", "--experimental-oci11", there],
    }
    assert "vnd.example.note" in run(commands[program])

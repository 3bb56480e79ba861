"""Other people's clients push, pull, list and delete."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from olbuild.core.names import Digest
from olbuild.storage.store import Store
from olbuild.storage.store.layout import Layout
from tests.command import olbuild
from tests.integration.hub.client import ask
from tests.tools import require_program
from tests.unit.storage.artifacts import put

pytestmark = pytest.mark.integration

LAYERS = (os.urandom(12 << 20), b"small")

Copy = Callable[[str, str], list[str]]

LAYOUTS: dict[str, tuple[Copy, Copy, Copy | None]] = {
    "crane": (
        lambda folder, host: ["push", "--insecure", folder, f"{host}/me/copy:v1"],
        lambda folder, host: ["pull", "--insecure", "--format=oci", f"{host}/me/copy:v1", folder],
        lambda _, host: ["delete", "--insecure", f"{host}/me/copy:v1"],
    ),
    "oras": (
        lambda folder, host: ["cp", "--from-oci-layout", f"{folder}:v1", "--to-plain-http", f"{host}/me/copy:v1"],
        lambda folder, host: ["cp", "--from-plain-http", f"{host}/me/copy:v1", "--to-oci-layout", f"{folder}:v1"],
        lambda _, host: ["manifest", "delete", "--force", "--plain-http", f"{host}/me/copy:v1"],
    ),
    "skopeo": (
        lambda folder, host: ["copy", "--dest-tls-verify=false", f"oci:{folder}:v1", f"docker://{host}/me/copy:v1"],
        lambda folder, host: ["copy", "--src-tls-verify=false", f"docker://{host}/me/copy:v1", f"oci:{folder}:v1"],
        lambda _, host: ["delete", "--tls-verify=false", f"docker://{host}/me/copy:v1"],
    ),
    "regctl": (
        lambda folder, host: ["image", "copy", f"ocidir://{folder}:v1", f"{host}/me/copy:v1"],
        lambda folder, host: ["image", "copy", f"{host}/me/copy:v1", f"ocidir://{folder}:v1"],
        lambda _, host: ["tag", "delete", f"{host}/me/copy:v1"],
    ),
}


def run(program: Path, arguments: list[str], host: str) -> str:
    if program.name == "regctl":
        subprocess.run([program, "registry", "set", "--tls", "disabled", "--skip-check", host], check=True)
    finished = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_client_pushes_pulls_and_deletes(name: str, host: str, store: Store, tmp_path: Path) -> None:
    program = require_program(name)
    push, pull, delete = LAYOUTS[name]
    graph = put(Layout(tmp_path / "layout"), "image", "v1", LAYERS)
    run(program, push(str(tmp_path / "layout"), host), host)
    assert store.names()["me/copy:v1"].digest == graph.root.digest
    assert store.verify() == ()
    run(program, pull(str(tmp_path / "back"), host), host)
    for node in graph:
        there = (tmp_path / "back" / "blobs" / "sha256" / node.descriptor.digest.hex).read_bytes()
        assert Digest.of(there) == node.descriptor.digest
    if delete is not None:
        run(program, delete("", host), host)
        assert ask(host, "GET", "/v2/me/copy/manifests/v1").status == 404
        assert store.names() == {}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("crane", ["ls", "--insecure", "HOST/me/copy"]),
        ("oras", ["repo", "tags", "--plain-http", "HOST/me/copy"]),
        ("skopeo", ["list-tags", "--tls-verify=false", "docker://HOST/me/copy"]),
        ("regctl", ["tag", "ls", "HOST/me/copy"]),
        ("crane", ["catalog", "--insecure", "HOST"]),
        ("oras", ["repo", "ls", "--plain-http", "HOST"]),
        ("regctl", ["repo", "ls", "HOST"]),
    ],
)
def test_a_client_lists(name: str, arguments: list[str], host: str, store: Store) -> None:
    program = require_program(name)
    put(store, "a", "me/copy:copy")
    listed = run(program, [argument.replace("HOST", host) for argument in arguments], host)
    assert "copy" in listed


def test_oras_attaches_and_discovers(host: str, store: Store, tmp_path: Path) -> None:
    program = require_program("oras")
    root = put(store, "a", "me/model:v1").root
    (tmp_path / "note.txt").write_text("good")
    attach = ["attach", "--plain-http", "--artifact-type", "text/note", f"{host}/me/model:v1", "note.txt:text/plain"]
    subprocess.run([program, *attach], cwd=tmp_path, check=True, capture_output=True)
    found = run(program, ["discover", "--plain-http", "--format", "json", f"{host}/me/model@{root.digest}"], host)
    listed = json.loads(found)
    entries = listed.get("referrers") or listed.get("manifests")
    assert [entry["artifactType"] for entry in entries] == ["text/note"]
    assert list(store.names()) == ["me/model:v1"]
    assert store.prune().blobs == 0


def test_olbuild_pushes_and_pulls(host: str, store: Store, smollm2: Path, tmp_path: Path) -> None:
    (tmp_path / "Modelfile").write_text(f"FROM {smollm2}\nSYSTEM short\n")
    olbuild("build", "--quiet", "-t", "me/model", tmp_path)
    olbuild("push", "--quiet", "me/model", f"{host}/me/model:v1")
    assert list(store.names()) == ["me/model:v1"]
    assert store.verify() == ()
    olbuild("rm", "me/model")
    olbuild("pull", "--quiet", f"{host}/me/model:v1")
    olbuild("inspect", f"{host}/me/model:v1")

"""Other tools read what olbuild writes: the store and a layout directly, and through a real registry."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from olbuild.testing.models import adapter_bytes, model_bytes
from olbuild.testing.registry import Registry
from tests.command import olbuild
from tests.tools import require_program

pytestmark = pytest.mark.integration

NAME = "me/assistant:1.0"


@pytest.fixture
def digest(tmp_path: Path) -> str:
    (tmp_path / "model.gguf").write_bytes(model_bytes())
    (tmp_path / "lora.gguf").write_bytes(adapter_bytes())
    (tmp_path / "Modelfile").write_text("FROM ./model.gguf\nADAPTER ./lora.gguf\nSYSTEM Be brief.\nPARAMETER seed 1\n")
    return olbuild("build", "-q", "-t", NAME, tmp_path).stdout.strip()


def run(program: Path, *arguments: str) -> bytes:
    return subprocess.run([str(program), *arguments], check=True, capture_output=True).stdout


def store() -> Path:
    return Path(os.environ["OLBUILD_HOME"]) / "store"


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_skopeo_reads_the_store(digest: str, tmp_path: Path) -> None:
    skopeo = require_program("skopeo")
    raw = run(skopeo, "inspect", "--raw", f"oci:{store()}:{NAME}")
    assert sha256(raw) == digest
    run(skopeo, "copy", f"oci:{store()}:{NAME}", f"oci:{tmp_path / 'copied'}:{NAME}")
    pulled = olbuild(
        "pull", "-q", f"oci:{tmp_path / 'copied'}:{NAME}", environment={"OLBUILD_HOME": str(tmp_path / "h")}
    )
    assert pulled.stdout.strip() == digest


def test_oras_reads_the_store(digest: str) -> None:
    oras = require_program("oras")
    assert sha256(run(oras, "manifest", "fetch", "--oci-layout", f"{store()}@{digest}")) == digest


def test_clients_read_it_from_a_registry(digest: str, registry: Registry, tmp_path: Path) -> None:
    crane = require_program("crane")
    oras = require_program("oras")
    there = f"{registry.host}/{NAME}"
    olbuild("push", NAME, there)
    assert sha256(run(crane, "manifest", there)) == digest
    run(crane, "copy", there, f"{registry.host}/copied/by-crane:1.0")
    assert olbuild("pull", "-q", f"{registry.host}/copied/by-crane:1.0").stdout.strip() == digest
    run(oras, "pull", "--plain-http", there, "--output", str(tmp_path / "files"))
    assert (tmp_path / "files" / "model.gguf").read_bytes() == model_bytes()
    assert (tmp_path / "files" / "system.txt").read_text() == "Be brief."


def test_olbuild_reads_what_others_copied_into_a_registry(digest: str, registry: Registry) -> None:
    skopeo = require_program("skopeo")
    there = f"{registry.host}/copied/by-skopeo:1.0"
    run(skopeo, "copy", "--dest-tls-verify=false", f"oci:{store()}:{NAME}", f"docker://{there}")
    manifest = json.loads(olbuild("inspect", "--json", NAME).stdout)["manifest"]
    assert olbuild("pull", "-q", there).stdout.strip() == digest
    assert json.loads(olbuild("inspect", "--json", there).stdout)["manifest"] == manifest

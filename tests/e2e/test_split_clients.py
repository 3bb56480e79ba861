"""Other clients copy artifacts in parts and indexes of variants from place to place, and they stay what they are."""

import subprocess
from pathlib import Path

import pytest

from olbuild.testing.gguf import gguf_bytes
from olbuild.testing.models import model_metadata, model_tensors
from olbuild.testing.registry import Registry
from tests.command import olbuild
from tests.tools import require_program

pytestmark = pytest.mark.integration
F16, Q8_0 = 1, 7  # general.file_type

COPY = {
    "crane": ("copy", "--insecure", "{source}", "{destination}"),
    "oras": ("copy", "--from-plain-http", "--to-plain-http", "{source}", "{destination}"),
    "regctl": ("image", "copy", "{source}", "{destination}"),
    "skopeo": (
        *("copy", "--all", "--src-tls-verify=false", "--dest-tls-verify=false"),
        *("docker://{source}", "docker://{destination}"),
    ),
}


def built(folder: Path, name: str, kind: int) -> str:
    (folder / "m.gguf").write_bytes(gguf_bytes({**model_metadata(), "general.file_type": kind}, model_tensors()[:kind]))
    (folder / "Modelfile").write_text("FROM ./m.gguf\n")
    return olbuild("build", "-q", "-t", name, folder).stdout.strip()


@pytest.mark.parametrize("client", COPY)
def test_another_client_copies_them(client: str, registry: Registry, tmp_path: Path) -> None:
    program = str(require_program(client))
    digests = {"F16": built(tmp_path, "me/a:f16", F16), "Q8_0": built(tmp_path, "me/a:q8_0", Q8_0)}
    olbuild("index", "create", "-t", "me/a:all", "me/a:f16", "me/a:q8_0")
    olbuild("push", "--split", "1100", "me/a:f16", f"{registry.host}/me/a:parts")
    olbuild("push", "--split", "3000", "me/a:all", f"{registry.host}/me/a:all")
    if client == "regctl":
        subprocess.run([program, "registry", "set", "--tls", "disabled", registry.host], check=True)
    for tag in ("parts", "all"):
        names = {"source": f"{registry.host}/me/a:{tag}", "destination": f"{registry.host}/copied/a:{tag}"}
        command = [program, *(argument.format(**names) for argument in COPY[client])]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stderr
    home = {"OLBUILD_HOME": str(tmp_path / "elsewhere")}
    pulled = olbuild("pull", "-q", f"{registry.host}/copied/a:parts", environment=home).stdout.strip()
    assert pulled == digests["F16"]
    for variant, digest in digests.items():
        name = f"{registry.host}/copied/a:all"
        assert olbuild("pull", "-q", "--variant", variant, name, environment=home).stdout.strip() == digest

"""inspect, history and diff, of artifacts that are elsewhere."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from olbuild.testing.models import adapter_bytes, model_bytes
from olbuild.testing.registry import Registry
from tests.command import olbuild

pytestmark = pytest.mark.integration

FIRST = "FROM ./model.gguf\nSYSTEM Be brief.\nPARAMETER temperature 0\n"
SECOND = 'FROM me/first\nSYSTEM """Be\nlong."""\nADAPTER ./lora.gguf\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.gguf").write_bytes(model_bytes())
    (tmp_path / "lora.gguf").write_bytes(adapter_bytes())
    (tmp_path / "Modelfile").write_text(FIRST)
    (tmp_path / "Second").write_text(SECOND)
    olbuild("build", "-q", "-t", "me/first", ".")
    olbuild("build", "-q", "-t", "me/second", "-f", "Second", ".")
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_a_remote_artifact_is_inspected_without_its_weights(registry: Registry, tmp_path: Path) -> None:
    there = f"{registry.host}/me/second:1"
    olbuild("push", "-q", "me/second", there)
    other = {"OLBUILD_HOME": str(tmp_path / "another home")}
    here = json.loads(olbuild("inspect", "--json", "--gguf", "me/second").stdout)
    seen = json.loads(olbuild("inspect", "--json", "--gguf", there, environment=other).stdout)
    assert {**seen, "name": None} == {**here, "name": None}
    assert seen["gguf"][0]["metadata"]["general.architecture"] == "llama"
    assert "general.architecture" in olbuild("inspect", "--gguf", "--remote", there).stdout
    for weights in (model_bytes(), adapter_bytes()):
        registry.blob(hashlib.sha256(weights).hexdigest()).unlink()
    assert json.loads(olbuild("inspect", "--json", there, environment=other).stdout)["model"] == here["model"]
    assert "Be long." in olbuild("inspect", there, environment=other).stdout
    olbuild("inspect", "--gguf", there, environment=other, expect=4)
    assert olbuild("ls", "-q", environment=other).stdout == ""


def test_an_index_shows_its_variants(folder: Path) -> None:
    digest = olbuild("copy", "-q", "me/first", "oci:layout:one").stdout.strip()
    layout = folder / "layout"
    document = json.loads((layout / "index.json").read_text())
    for each in document["manifests"]:
        each["annotations"] = {"quantization": "Q8_0"}
    data = json.dumps(document).encode()
    name = hashlib.sha256(data).hexdigest()
    (layout / "blobs" / "sha256" / name).write_bytes(data)
    root = {"mediaType": document["mediaType"], "digest": f"sha256:{name}", "size": len(data)}
    root["annotations"] = {"org.opencontainers.image.ref.name": "many"}
    (layout / "index.json").write_text(json.dumps({**document, "manifests": [root]}))
    shown = json.loads(olbuild("inspect", "--json", "oci:layout:many").stdout)
    assert [(each["digest"], each["annotations"]) for each in shown["variants"]] == [(digest, {"quantization": "Q8_0"})]
    assert "quantization=Q8_0" in olbuild("inspect", "oci:layout").stdout
    assert digest.removeprefix("sha256:")[:12] in olbuild("inspect", "oci:layout").stdout


def test_history_follows_bases(folder: Path) -> None:
    first, second = (
        json.loads(olbuild("history", "--json", "me/first").stdout),
        json.loads(olbuild("history", "--json", "me/second").stdout),
    )
    assert [each["name"] for each in second] == ["me/second:latest", "me/first:latest"]
    assert [layer["instruction"] for layer in second[0]["layers"]] == ["ADAPTER", "SYSTEM"]
    assert second[1] == {**first[0], "name": "me/first:latest"}
    assert "me/first" in olbuild("history", "me/second").stdout
    olbuild("save", "-q", "me/second", "-o", "second.tar")
    other = {"OLBUILD_HOME": str(folder / "other")}
    alone = olbuild("history", "oci-archive:second.tar", environment=other)
    assert "not here" in alone.stderr
    assert "model.gguf" in alone.stdout
    shutil.rmtree(folder / "other")


def test_diff_tells_what_differs_and_ends_with_one(folder: Path, registry: Registry) -> None:
    there = f"{registry.host}/me/second:1"
    olbuild("push", "-q", "me/second", there)
    shown = olbuild("diff", "me/first", there, expect=1).stdout
    assert "-Be brief.\n+Be\n+long.\n" in shown
    assert "@@ weights @@\n+adapter sha256:" in shown
    document = json.loads(olbuild("diff", "--json", "--remote", there, there).stdout)
    assert document["changes"] == []
    assert olbuild("diff", "me/first", "./Modelfile").stdout == ""
    data = model_bytes()
    (folder / "model.gguf").write_bytes(data.replace(b"tiny", b"tine"))
    changes = json.loads(olbuild("diff", "--json", "me/first", "./Modelfile", expect=1).stdout)["changes"]
    assert {"section": "header", "name": "weights general.name", "before": "tiny", "after": "tine"} in changes
    assert olbuild("diff", "me/first", "me/nothing", expect=4).stdout == ""

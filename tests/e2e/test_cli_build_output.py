"""Builds that go to registries, layouts and archives, with and without a stop in the store."""

import json
import os
from pathlib import Path

import pytest

from olbuild.testing.models import model_bytes
from olbuild.testing.registry import Registry
from tests.command import olbuild

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.gguf").write_bytes(model_bytes())
    (tmp_path / "Modelfile").write_text("FROM ./model.gguf\nSYSTEM Be brief.\nLABEL org.example.a=1\n")
    return tmp_path


def weights_stored() -> bool:
    store = Path(os.environ["OLBUILD_HOME"]) / "store"
    return any(blob.read_bytes() == model_bytes() for blob in (store / "blobs").rglob("*") if blob.is_file())


def test_a_build_is_pushed_under_all_its_names(registry: Registry) -> None:
    first, second = f"{registry.host}/me/a:1", f"{registry.host}/me/b:latest"
    digest = olbuild(
        "build", "-q", "-t", first, "-t", second, "--push", "--metadata-file", "m.json", "."
    ).stdout.strip()
    metadata = json.loads(Path("m.json").read_text())
    assert (metadata["digest"], metadata["names"], metadata["profile"]) == (digest, [first, second], "modelpack")
    assert metadata["pushed"] == [{"name": first, "digest": digest}, {"name": second, "digest": digest}]
    assert metadata["base"] is None
    assert metadata["totalSize"] == metadata["size"] + sum(layer["size"] for layer in metadata["layers"])
    assert {layer["title"] for layer in metadata["layers"]} == {None, "model.gguf", "system.txt"}
    for name in (first, second):
        assert olbuild("copy", "-q", name, "oci:x").stdout.strip() == digest
    olbuild("build", "-t", "me/a", "--push", ".", expect=2)
    assert "me/a:latest" not in olbuild("ls", "-q").stdout
    olbuild("build", "--push", ".", expect=2)


def test_a_build_goes_past_the_store(registry: Registry, tmp_path: Path) -> None:
    there = f"{registry.host}/me/a:1"
    digest = olbuild("build", "-q", "-t", there, "--output", "registry", ".").stdout.strip()
    for output in ("oci:layout:v1", "oci-archive:a.tar:v1"):
        assert olbuild("build", "-q", "--output", output, "--metadata-file", "m.json", ".").stdout.strip() == digest
    assert json.loads(Path("m.json").read_text())["names"] == [f"oci-archive:{tmp_path / 'a.tar'}:v1"]
    assert not weights_stored()
    assert olbuild("ls", "-q").stdout == ""
    assert olbuild("build", "-q", ".").stdout.strip() == digest
    assert weights_stored()
    other = {"OLBUILD_HOME": str(tmp_path / "other")}
    assert olbuild("pull", "-q", there, environment=other).stdout.strip() == digest
    olbuild("store", "verify", environment=other)


def test_a_base_in_a_registry_is_built_on_without_being_pulled(registry: Registry, tmp_path: Path) -> None:
    base, child = f"{registry.host}/me/base:1", f"{registry.host}/me/child:1"
    olbuild("build", "-q", "-t", base, "--output", "registry", ".")
    Path("Child").write_text(f"FROM {base}\nPARAMETER seed 7\n")
    digest = olbuild("build", "-q", "-f", "Child", "-t", child, "-o", "registry", ".").stdout.strip()
    assert not weights_stored()
    other = {"OLBUILD_HOME": str(tmp_path / "other")}
    assert olbuild("pull", "-q", child, environment=other).stdout.strip() == digest
    assert olbuild("build", "-q", "-f", "Child", ".").stdout.strip() == digest


def test_labels_are_added_and_win() -> None:
    olbuild("build", "-t", "me/a", "--label", "org.example.a=2", "--annotation", "org.example.b=x = y", ".")
    model = json.loads(olbuild("inspect", "--json", "me/a").stdout)["model"]
    assert model["labels"] == {"org.example.a": "2", "org.example.b": "x = y"}
    for wrong in ("novalue", "dev.olbuild.role=x", "a b=c", "=x"):
        olbuild("build", "--label", wrong, ".", expect=2)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--output", "registry"),
        ("--output", "registry", "-t", "me/a"),
        ("--output", "oci:layout"),
        ("--output", "elsewhere"),
        ("--output", "ghcr.io/me/a"),
        ("--output", "oci:layout:a", "--test"),
        ("--output", "oci:layout:a", "--link"),
        ("--output", "oci:layout:a", "--push"),
    ],
)
def test_outputs_that_cannot_be_are_refused(arguments: tuple[str, ...]) -> None:
    olbuild("build", *arguments, ".", expect=2)
    assert not Path("layout").exists()


def test_a_broken_build_leaves_no_archive() -> None:
    Path("model.gguf").write_bytes(b"no model")
    olbuild("build", "--output", "oci-archive:a.tar:v1", ".", expect=7)
    assert [path.name for path in Path().iterdir() if "a.tar" in path.name] == []

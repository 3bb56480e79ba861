"""Weights in parts, through a real registry: pushed as regions of the stored file, and whole again everywhere."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from olbuild.testing.models import model_bytes, write_large_model
from olbuild.testing.registry import Registry
from tests.command import olbuild
from tests.tools import require_program

pytestmark = pytest.mark.integration
LIMIT = 2000


@pytest.fixture
def whole(tmp_path: Path) -> str:
    """Return the digest of an artifact in the store, ``me/a``."""
    (tmp_path / "m.gguf").write_bytes(model_bytes())
    (tmp_path / "Modelfile").write_text("FROM ./m.gguf\nSYSTEM Be brief.\n")
    return olbuild("build", "-q", "-t", "me/a", tmp_path).stdout.strip()


def pushed(*arguments: str, limit: int | str = LIMIT) -> str:
    """Push in parts, and return what was printed: the digest of the split artifact."""
    return olbuild("push", "-q", "--split", str(limit), "me/a", *arguments).stdout.strip()


def elsewhere(tmp_path: Path) -> dict[str, str]:
    return {"OLBUILD_HOME": str(tmp_path / "elsewhere")}


def stored(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "elsewhere" / "store" / "blobs" / "sha256").iterdir()}


def test_push_prints_the_digest_there_and_says_both(registry: Registry, whole: str) -> None:
    finished = olbuild("push", "--split", str(LIMIT), "me/a", f"{registry.host}/me/a:1")
    split = finished.stdout.strip()
    assert split != whole
    assert f"{whole} is split as {split}" in finished.stderr
    assert "3 parts" in finished.stderr
    assert pushed(f"{registry.host}/me/a:2") == split
    manifest = json.loads(registry.blob(split.removeprefix("sha256:")).read_bytes())
    assert manifest["artifactType"] == "application/vnd.olbuild.split.v1+json"
    assert [layer["size"] for layer in manifest["layers"][1:4]] == [1622, 1622, 1620]
    assert not registry.blob(hashlib.sha256(model_bytes()).hexdigest()).exists()


def test_a_pull_stores_the_whole_artifact_only(registry: Registry, whole: str, tmp_path: Path) -> None:
    name = f"{registry.host}/me/a:1"
    split = pushed(name)
    home = elsewhere(tmp_path)
    assert olbuild("pull", "-q", name, environment=home).stdout.strip() == whole
    olbuild("store", "verify", environment=home)
    blobs = stored(tmp_path)
    assert hashlib.sha256(model_bytes()).hexdigest() in blobs
    assert split.removeprefix("sha256:") not in blobs
    listed = json.loads(olbuild("ls", "--json", environment=home).stdout)
    assert [(each["name"], each["digest"]) for each in listed] == [(name, whole)]
    home_blobs = Path(os.environ["OLBUILD_HOME"]) / "store" / "blobs" / "sha256"
    assert blobs == {path.name for path in home_blobs.iterdir()}


def test_the_digests_of_parts_are_found_once(registry: Registry, whole: str) -> None:
    assert whole
    first = olbuild("push", "--split", str(LIMIT), "--progress", "plain", "me/a", f"{registry.host}/me/a:1")
    again = olbuild("push", "--split", str(LIMIT), "--progress", "plain", "me/a", f"{registry.host}/me/a:1")
    assert "digests of 3 parts" in first.stderr
    assert "digests of 3 parts" not in again.stderr
    assert again.stdout == first.stdout


@pytest.mark.parametrize("reference", ["{host}/me/a:1", "{host}/me/a@{split}", "{host}/me/a:1@{whole}"])
def test_from_and_pull_take_it_by_tag_by_its_own_digest_and_by_the_whole_one(
    registry: Registry, whole: str, tmp_path: Path, reference: str
) -> None:
    split = pushed(f"{registry.host}/me/a:1")
    name = reference.format(host=registry.host, split=split, whole=whole)
    home = elsewhere(tmp_path)
    olbuild("build", "-t", "me/child", "-f", "-", stdin=f"FROM {name}\nSYSTEM Be long.\n", environment=home)
    child = json.loads(olbuild("inspect", "--json", "me/child", environment=home).stdout)
    assert child["base"]["digest"] == whole
    assert olbuild("pull", "-q", name, environment=home).stdout.strip() == whole


def test_a_layout_is_split_only_when_it_is_asked_for(whole: str, tmp_path: Path) -> None:
    folder = tmp_path / "layout"
    assert pushed(f"oci:{folder}:a", limit="auto") == whole
    split = pushed(f"oci:{folder}:b")
    assert pushed(f"oci:{folder}:c", limit="none") == whole
    assert split != whole
    home = elsewhere(tmp_path)
    assert olbuild("pull", "-q", f"oci:{folder}:b", environment=home).stdout.strip() == whole
    child = olbuild("build", "-q", "-f", "-", stdin=f"FROM oci:{folder}:b\nSYSTEM x\n", environment=home).stdout
    assert child.startswith("sha256:")


def test_another_client_gets_the_parts_and_can_join_them_with_cat(
    registry: Registry, whole: str, tmp_path: Path
) -> None:
    oras = require_program("oras")
    assert whole
    name = f"{registry.host}/me/a:1"
    pushed(name)
    subprocess.run([oras, "pull", "--plain-http", name], cwd=tmp_path, check=True, capture_output=True)
    parts = sorted(tmp_path.glob("model.gguf.part-*"))
    assert [path.name for path in parts] == [f"model.gguf.part-0000{number}-of-00003" for number in (1, 2, 3)]
    assert b"".join(path.read_bytes() for path in parts) == model_bytes()
    assert (tmp_path / "system.txt").read_text() == "Be brief."


def test_a_damaged_part_is_named_and_leaves_nothing(registry: Registry, whole: str, tmp_path: Path) -> None:
    assert whole
    name = f"{registry.host}/me/a:1"
    split = pushed(name)
    manifest = json.loads(registry.blob(split.removeprefix("sha256:")).read_bytes())
    part = manifest["layers"][2]["digest"]
    registry.blob(part.removeprefix("sha256:")).write_bytes(bytes(1622))
    failed = olbuild("pull", name, environment=elsewhere(tmp_path), expect=7)
    assert part in failed.stderr or hashlib.sha256(model_bytes()).hexdigest() in failed.stderr
    assert hashlib.sha256(model_bytes()).hexdigest() not in stored(tmp_path)


def test_a_damaged_part_is_found_where_parts_are_fetched_side_by_side(registry: Registry, tmp_path: Path) -> None:
    write_large_model(tmp_path / "m.gguf", 40 << 20)
    (tmp_path / "Modelfile").write_text("FROM ./m.gguf\n")
    olbuild("build", "-t", "me/a", tmp_path)
    name = f"{registry.host}/me/a:1"
    split = pushed(name, limit="12MiB")
    manifest = json.loads(registry.blob(split.removeprefix("sha256:")).read_bytes())
    part = manifest["layers"][2]["digest"]
    with registry.blob(part.removeprefix("sha256:")).open("r+b") as file:
        file.seek(100)
        file.write(b"wrong")
    failed = olbuild("pull", name, environment=elsewhere(tmp_path), expect=7)
    assert part in failed.stderr
    assert all(path.stat().st_size < 1 << 20 for path in (tmp_path / "elsewhere").rglob("*") if path.is_file())


@pytest.mark.parametrize(("limit", "said"), [("9 elephants", "is no size"), ("10", "too small")])
def test_a_limit_that_is_none(registry: Registry, whole: str, limit: str, said: str) -> None:
    assert whole
    failed = olbuild("push", "--split", limit, "me/a", f"{registry.host}/me/a:1", expect=2)
    assert said in failed.stderr


def test_larger_weights_arrive_whole(registry: Registry, tmp_path: Path) -> None:
    write_large_model(tmp_path / "m.gguf", 48 << 20)
    (tmp_path / "Modelfile").write_text("FROM ./m.gguf\n")
    whole = olbuild("build", "-q", "-t", "me/a", tmp_path).stdout.strip()
    name = f"{registry.host}/me/a:1"
    pushed(name, limit="10MB")
    home = elsewhere(tmp_path)
    assert olbuild("pull", "-q", name, environment=home).stdout.strip() == whole
    olbuild("store", "verify", environment=home)

"""tags, delete, manifest and blob cat, against a real registry."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from olbuild.testing.models import model_bytes
from olbuild.testing.registry import Registry
from tests.command import OLBUILD, olbuild
from tests.tools import require_program

pytestmark = pytest.mark.integration

NAME = "me/assistant:1.0"


@pytest.fixture
def there(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a repository with three tags of two artifacts, none of which the store knows under these names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.gguf").write_bytes(model_bytes())
    repository = f"{registry.host}/me/assistant"
    for system, tags in (("Be brief.", ("1.0", "stable")), ("Be long.", ("2.0",))):
        (tmp_path / "Modelfile").write_text(f"FROM ./model.gguf\nSYSTEM {system}\n")
        olbuild("build", "-q", "-t", NAME, tmp_path)
        for tag in tags:
            olbuild("push", "-q", NAME, f"{repository}:{tag}")
    return repository


def raw(*arguments: str) -> bytes:
    return subprocess.run([str(OLBUILD), *arguments], check=True, capture_output=True).stdout


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_tags_are_listed(there: str) -> None:
    assert olbuild("tags", there).stdout.split() == ["1.0", "2.0", "stable"]
    assert json.loads(olbuild("tags", "--json", there).stdout) == {"name": there, "tags": ["1.0", "2.0", "stable"]}
    assert olbuild("tags", "me/assistant").stdout.split() == ["1.0"]
    assert "names one artifact" in olbuild("tags", f"{there}:1.0", expect=2).stderr
    olbuild("tags", f"{there}/not", expect=4)
    olbuild("tags", "me/nothing", expect=4)
    olbuild("tags", "--offline", there, expect=2)


def test_a_tag_is_deleted_and_the_others_stay(there: str) -> None:
    crane = require_program("crane")
    digest = olbuild("copy", "-q", f"{there}:1.0", "oci:layout:x").stdout.strip()
    assert "--yes" in olbuild("delete", f"{there}:1.0", expect=2).stderr
    olbuild("delete", "--yes", f"{there}:2.0", f"{there}:missing", expect=4)
    assert olbuild("tags", there).stdout.split() == ["1.0", "2.0", "stable"]
    assert olbuild("delete", "-q", "--yes", f"{there}:1.0").stdout.strip() == digest
    assert olbuild("tags", there).stdout.split() == ["2.0", "stable"]
    assert (
        sha256(subprocess.run([crane, "manifest", f"{there}:stable"], check=True, capture_output=True).stdout) == digest
    )
    olbuild("delete", "--yes", f"{there}:2.0@{digest}", expect=4)
    olbuild("delete", "--yes", f"{there}@{digest}")
    assert olbuild("tags", there).stdout.split() == ["2.0"]
    olbuild("delete", "--yes", "oci:layout:x")
    assert olbuild("tags", "oci:layout").stdout == ""
    assert "olbuild rm" in olbuild("delete", "--yes", NAME, expect=2).stderr


def test_a_manifest_is_printed_as_it_is(there: str) -> None:
    crane = require_program("crane")
    wanted = subprocess.run([crane, "manifest", f"{there}:1.0"], check=True, capture_output=True).stdout
    assert raw("manifest", f"{there}:1.0") == wanted
    assert sha256(raw("manifest", NAME)) == sha256(raw("manifest", f"{there}:2.0"))
    olbuild("tag", NAME, f"{there}:1.0")
    assert raw("manifest", f"{there}:1.0") != wanted  # the store comes first
    assert raw("manifest", "--remote", f"{there}:1.0") == wanted
    olbuild("manifest", "--remote", NAME, expect=2)


def test_a_blob_is_printed_whole_or_in_part(there: str, registry: Registry) -> None:
    model = model_bytes()
    assert raw("blob", "cat", f"{there}:1.0", "system.txt") == b"Be brief."
    assert raw("blob", "cat", f"{there}:1.0", sha256(model)[:15]) == model
    assert raw("blob", "cat", "--range", "0-3", f"{there}:1.0", "model.gguf") == b"GGUF"
    assert raw("blob", "cat", "--range", "100-", NAME, "model.gguf") == model[100:]
    assert raw("blob", "cat", "-o", "out.gguf", f"{there}:1.0", sha256(model)) == b""
    assert Path("out.gguf").read_bytes() == model
    assert "system.txt" in olbuild("blob", "cat", f"{there}:1.0", "nothing", expect=4).stderr
    for part in ("x", "3-1", "99999999-", "5"):
        olbuild("blob", "cat", "--range", part, f"{there}:1.0", "model.gguf", expect=2)
    damaged = registry.blob(hashlib.sha256(model).hexdigest())
    damaged.chmod(0o644)
    damaged.write_bytes(b"x" + model[1:])
    olbuild("blob", "cat", "-o", "out.gguf", f"{there}:1.0", "model.gguf", expect=7)
    assert Path("out.gguf").read_bytes() == model

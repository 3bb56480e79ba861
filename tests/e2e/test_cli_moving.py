"""copy, save and load, with a real registry and the tools that others use."""

import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from olbuild.testing.models import model_bytes
from olbuild.testing.registries import KINDS, Kind, start_registry
from olbuild.testing.registry import Registry
from tests.command import OLBUILD, olbuild
from tests.tools import require_program

pytestmark = pytest.mark.integration

NAME = "me/assistant:1.0"


@pytest.fixture
def digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.gguf").write_bytes(model_bytes())
    (tmp_path / "Modelfile").write_text("FROM ./model.gguf\nSYSTEM Be brief.\n")
    return olbuild("build", "-q", "-t", NAME, tmp_path).stdout.strip()


@pytest.fixture
def other(tmp_path: Path) -> dict[str, str]:
    return {"OLBUILD_HOME": str(tmp_path / "another home")}


def run(program: Path | str, *arguments: str) -> bytes:
    return subprocess.run([str(program), *arguments], check=True, capture_output=True).stdout


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_skopeo_reads_what_is_saved_and_the_other_way(digest: str, other: dict[str, str]) -> None:
    skopeo = require_program("skopeo")
    assert olbuild("save", "-q", NAME, "-o", "a.tar").stdout.strip() == digest
    assert sha256(run(skopeo, "inspect", "--raw", f"oci-archive:a.tar:{NAME}")) == digest
    run(skopeo, "copy", f"oci-archive:a.tar:{NAME}", "oci-archive:b.tar:v1")
    assert olbuild("load", "-q", "b.tar", "-t", "me/b", environment=other).stdout.strip() == digest
    assert olbuild("ls", "-q", environment=other).stdout.strip() == "me/b:latest"
    run(skopeo, "copy", f"oci-archive:a.tar:{NAME}", "oci:layout:v2")
    assert olbuild("copy", "-q", "oci:layout:v2", "oci-archive:c.tar").stdout.strip() == digest
    assert sha256(run(skopeo, "inspect", "--raw", "oci-archive:c.tar:v2")) == digest


def test_save_and_load_are_a_pipe(digest: str, other: dict[str, str]) -> None:
    environment = {**os.environ, "PATH": f"{OLBUILD.parent}{os.pathsep}{os.environ['PATH']}"}
    for packed in ("", "--zstd"):
        command = f'olbuild save {packed} {NAME} | OLBUILD_HOME="$THERE" olbuild load -q -t me/b -'
        shell = ["bash", "-eo", "pipefail", "-c", command]
        there = {**environment, "THERE": other["OLBUILD_HOME"]}
        done = subprocess.run(shell, env=there, check=True, capture_output=True, text=True)
        assert done.stdout.strip() == digest
        olbuild("rm", "me/b", environment=other)
    assert olbuild("save", "-q", NAME, "-o", "/dev/null").stdout.strip() == digest
    olbuild("save", NAME, "-o", "a.tar")
    Path("link.tar").symlink_to("b.tar")
    olbuild("save", NAME, "-o", "link.tar")
    assert Path("link.tar").is_symlink()
    with Path("c.tar").open("wb") as output:  # what /dev/stdout leads to is a file, which must not be replaced
        subprocess.run([str(OLBUILD), "save", "-q", NAME, "-o", "/dev/stdout"], stdout=output, check=True)
    assert Path("b.tar").read_bytes() == Path("a.tar").read_bytes()
    assert Path("c.tar").read_bytes().startswith(Path("a.tar").read_bytes())
    assert Path("/dev/stdout").is_symlink()
    olbuild("copy", NAME, "oci-archive:/dev/stdout", expect=1)
    assert "is a folder" in olbuild("load", ".", expect=2).stderr
    assert "no file" in olbuild("load", "missing.tar", expect=4).stderr


def test_saving_twice_gives_the_same_file(digest: str) -> None:
    for options in ((), ("--zstd",)):
        olbuild("save", *options, NAME, "-o", "a.tar")
        olbuild("save", *options, NAME, "-o", "b.tar")
        assert Path("a.tar").read_bytes() == Path("b.tar").read_bytes()
    assert digest
    assert sorted(path.name for path in Path().iterdir() if "tar" in path.name) == ["a.tar", "b.tar"]


def test_tar_and_zstd_read_what_is_packed(digest: str) -> None:
    zstd = require_program("zstd")
    olbuild("save", "--zstd", NAME, "-o", "a.tar.zst")
    with tarfile.open(fileobj=io.BytesIO(run(zstd, "-dc", "a.tar.zst"))) as archive:
        index = archive.extractfile("index.json")
        assert index is not None
        assert json.load(index)["manifests"][0]["digest"] == digest
    run(zstd, "-q", "--ultra", "-20", "a.tar.zst", "-o", "b.zst")  # packed twice is no archive
    assert "is no tar archive" in olbuild("load", "b.zst", expect=7).stderr


def test_an_artifact_goes_from_registry_to_registry(digest: str, registry: Registry, other: dict[str, str]) -> None:
    crane = require_program("crane")
    here, there = f"{registry.host}/me/assistant:1.0", f"{registry.host}/team/copied:v2"
    olbuild("push", NAME, here)
    assert olbuild("copy", "-q", here, there, environment=other).stdout.strip() == digest
    assert not (Path(other["OLBUILD_HOME"]) / "store").exists()
    assert sha256(run(crane, "manifest", there)) == digest
    assert olbuild("copy", "-q", f"{here.rpartition(':')[0]}@{digest}", "oci:layout:x").stdout.strip() == digest
    assert olbuild("copy", "-q", there, "me/pulled", environment=other).stdout.strip() == digest
    olbuild("copy", f"{registry.host}/no/such:1", "oci:x", expect=4)


def test_all_tags_and_signatures_go_to_a_layout_and_back(digest: str, registry: Registry) -> None:
    oras = require_program("oras")
    crane = require_program("crane")
    repository = f"{registry.host}/me/assistant"
    olbuild("push", NAME, f"{repository}:1.0")
    olbuild("push", NAME, f"{repository}:stable")
    Path("sbom.json").write_text("{}")
    run(oras, "attach", "--plain-http", f"{repository}:1.0", "--artifact-type", "an/sbom", "sbom.json")
    # As cosign signs: an image under a tag that is made of the digest.
    cosign = f"sha256-{digest.removeprefix('sha256:')}.sig"
    run(crane, "append", "--insecure", "-f", _layer(), "-t", f"{repository}:{cosign}")
    olbuild("copy", "--all-tags", "--referrers", repository, "oci:mirror")
    seen = json.loads(run(oras, "discover", "--format", "json", "--oci-layout", f"mirror@{digest}"))
    assert [each["artifactType"] for each in seen["referrers"]] == ["an/sbom"]
    copied = f"{registry.host}/team/copied"
    done = olbuild("copy", "-q", "--all-tags", "--referrers", "oci:mirror", copied)
    assert done.stdout.split() == [digest, digest]
    seen = json.loads(run(oras, "discover", "--format", "json", "--plain-http", f"{copied}:stable"))
    assert [each["artifactType"] for each in seen["referrers"]] == ["an/sbom"]
    assert sha256(run(crane, "manifest", f"{copied}:{cosign}")) == sha256(
        run(crane, "manifest", f"{repository}:{cosign}")
    )
    assert "names one artifact" in olbuild("copy", "--all-tags", f"{copied}:stable", "oci:x", expect=2).stderr


@pytest.mark.parametrize("kind", KINDS)
def test_signatures_go_to_registries_with_and_without_a_list_of_them(
    kind: Kind, digest: str, registry: Registry, tmp_path: Path
) -> None:
    oras = require_program("oras")
    here = f"{registry.host}/me/assistant:1.0"
    olbuild("push", NAME, here)
    Path("sbom.json").write_text("{}")
    run(oras, "attach", "--plain-http", here, "--artifact-type", "an/sbom", "sbom.json")
    with start_registry(kind, tmp_path / "other registry") as other:
        for there in (f"{other.host}/team/copied:v2", f"{other.host}/team/pushed:v2"):
            if "pushed" in there:
                olbuild("copy", "--referrers", here, "me/signed:1")
                olbuild("push", "me/signed:1", there)
            else:
                olbuild("copy", "--referrers", here, there)
            seen = json.loads(run(oras, "discover", "--format", "json", "--plain-http", there))
            assert [each["artifactType"] for each in seen["referrers"]] == ["an/sbom"]
            assert olbuild("copy", "-q", there, f"oci:layout-{kind}:x").stdout.strip() == digest
            assert olbuild("tags", there.rpartition(":")[0]).stdout.split() == ["v2"]


def _layer() -> str:
    with tarfile.open("layer.tar", "w") as layer:
        layer.add("sbom.json")
    return "layer.tar"

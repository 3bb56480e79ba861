"""Data on standard output, talk on standard error, and exit codes, of the commands around a small artifact."""

import json
import re
from pathlib import Path

import pytest

from olbuild.testing.models import model_bytes
from tests.command import olbuild

DIGEST = re.compile(r"sha256:[0-9a-f]{64}\n")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "tiny.gguf").write_bytes(model_bytes())
    (tmp_path / "Modelfile").write_text("FROM ./tiny.gguf\nSYSTEM Be brief.\nPARAMETER temperature 0\n")
    return tmp_path


@pytest.fixture
def built(project: Path) -> Path:
    olbuild("build", "-t", "me/tiny", project)
    return project


def test_build_prints_the_digest_and_talks_elsewhere(project: Path) -> None:
    first = olbuild("build", "-t", "me/tiny", "-t", "other:v1", project)
    assert DIGEST.fullmatch(first.stdout)
    assert "built: me/tiny:latest, other:v1" in first.stderr
    second = olbuild("build", "-t", "me/tiny", project)
    assert second.stdout == first.stdout
    assert "unchanged: me/tiny:latest" in second.stderr
    quiet = olbuild("build", "--quiet", project)
    assert (quiet.stdout, quiet.stderr) == (first.stdout, "")


def test_a_modelfile_from_standard_input(built: Path) -> None:
    text = "FROM me/tiny\nSYSTEM Be verbose.\n"
    olbuild("build", "-t", "me/child", "-f", "-", built, stdin=text)
    shown = json.loads(olbuild("inspect", "--json", "me/child").stdout)
    assert shown["model"]["system"] == "Be verbose."
    assert shown["model"]["options"] == {"temperature": 0}
    assert shown["base"]["name"].startswith("me/tiny")


def test_metadata_file(project: Path) -> None:
    file = project / "metadata.json"
    digest = olbuild("build", "-t", "me/tiny", "--metadata-file", file, project).stdout.strip()
    metadata = json.loads(file.read_text())
    assert metadata["digest"] == digest
    assert metadata["names"] == ["me/tiny:latest"]


def test_the_plan_is_printed_and_nothing_is_built(project: Path) -> None:
    text = olbuild("build", "--print", "plan", "-t", "me/tiny", project).stdout
    assert "tiny.gguf" in text
    document = json.loads(olbuild("build", "--print", "json", project).stdout)
    assert [step["step"] for step in document["steps"]] == ["import", "assemble"]
    assert olbuild("ls", "--quiet").stdout == ""


def test_all_errors_of_a_modelfile(project: Path) -> None:
    (project / "Modelfile").write_text("FROM ./tiny.gguf\nPARAMETER temprature 0\nFOO bar\n")
    refused = olbuild("build", project, expect=3)
    assert refused.stdout == ""
    assert re.findall(r":(\d+):\d+: error\[OLB\d+\]", refused.stderr) == ["2", "3"]


def test_ls(built: Path) -> None:
    digest = olbuild("build", "--quiet", built).stdout.strip().removeprefix("sha256:")
    header, line = olbuild("ls").stdout.splitlines()
    assert header.split() == ["NAME", "DIGEST", "SIZE", "PARAMETERS", "QUANTIZATION"]
    assert line.split()[:2] == ["me/tiny:latest", digest[:12]]
    assert olbuild("ls", "--quiet").stdout == "me/tiny:latest\n"
    (listed,) = json.loads(olbuild("ls", "--json").stdout)
    assert (listed["name"], listed["digest"]) == ("me/tiny:latest", f"sha256:{digest}")


def test_inspect(built: Path) -> None:
    shown = olbuild("inspect", "me/tiny").stdout
    for part in ("me/tiny:latest", "llama", "system.txt", "Be brief.", "temperature"):
        assert part in shown
    digest = olbuild("build", "--quiet", built).stdout.strip()
    assert json.loads(olbuild("inspect", "--json", digest).stdout)["digest"] == digest


@pytest.mark.usefixtures("built")
def test_tag_rm_df_prune_verify() -> None:
    olbuild("tag", "me/tiny", "me/tiny:v1", "second")
    assert olbuild("ls", "-q").stdout.split() == ["me/tiny:latest", "me/tiny:v1", "second:latest"]
    used = json.loads(olbuild("df", "--json").stdout)
    assert [name["unique"] for name in used["names"]] == [0, 0, 0]
    assert "no artifact 'nope:latest'" in olbuild("rm", "second", "nope", expect=4).stderr
    assert len(olbuild("ls", "-q").stdout.split()) == 3
    olbuild("rm", "second", "me/tiny", "me/tiny:v1")
    assert olbuild("prune").stdout == ""
    assert json.loads(olbuild("store", "verify", "--json").stdout)["problems"] == []


def test_prune_prints_what_goes(project: Path) -> None:
    digest = olbuild("build", "--quiet", project).stdout
    would = olbuild("prune", "--dry-run").stdout
    assert digest in would
    assert olbuild("prune").stdout == would
    assert olbuild("prune", "--json").stdout.splitlines()[-1] == "}"


@pytest.mark.usefixtures("built")
def test_a_damaged_store_is_found(hermetic_environment: Path) -> None:
    blobs = (hermetic_environment / "olbuild" / "store" / "blobs" / "sha256").iterdir()
    blob = max(blobs, key=lambda path: path.stat().st_size)
    blob.chmod(0o644)
    blob.write_bytes(b"x" * blob.stat().st_size)
    found = olbuild("store", "verify", expect=7)
    assert found.stdout.startswith("damaged: ")
    assert blob.name in found.stdout
    assert json.loads(olbuild("store", "verify", "--json", expect=7).stdout)["problems"][0]["kind"] == "damaged"


def test_push_and_pull_through_a_layout(built: Path) -> None:
    digest = olbuild("push", "me/tiny", f"oci:{built / 'published'}").stdout
    olbuild("rm", "me/tiny")
    pulled = olbuild("pull", f"oci:{built / 'published'}")
    assert pulled.stdout == digest
    assert "pulled" in pulled.stderr
    assert olbuild("ls", "-q").stdout == "me/tiny:latest\n"


@pytest.mark.usefixtures("built")
def test_push_without_a_registry_says_what_works() -> None:
    refused = olbuild("push", "me/tiny", expect=2)
    assert "ghcr.io/me/tiny" in refused.stderr
    assert "default_registry" in refused.stderr


def test_offline_forbids_every_lookup() -> None:
    assert "--offline" in olbuild("--offline", "pull", "localhost:1/me/tiny", expect=2).stderr
    assert "--offline" in olbuild("login", "--offline", "localhost:1", "-u", "me", "--password-stdin", expect=2).stderr


def test_progress_json_says_everything_as_json(project: Path) -> None:
    done = olbuild("build", "--progress", "json", "-t", "me/tiny", project)
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert {event["event"] for event in events} >= {"started", "finished", "said"}
    failed = olbuild("inspect", "--progress", "json", "nope", expect=4)
    assert json.loads(failed.stderr)["exit_code"] == 4


SERVING = (
    *("keep_alive", "num_parallel", "context_length", "max_loaded_models"),
    *("max_queue", "max_queue_per_client", "prompt_memory"),
    *("cache_type", "flash_attention"),
)


def test_config_names_each_origin(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("default_registry: ghcr.io\nregistries: {ghcr.io: {retries: 2, mirrors: [a.example]}}\n")
    environment = {"OLBUILD_CONFIG": str(file), "OLBUILD_PLAIN_HTTP": "a:1,b:2"}
    shown = json.loads(olbuild("config", "--json", "--offline", environment=environment).stdout)
    assert shown["file"] == str(file)
    assert {name: setting["origin"] for name, setting in shown["settings"].items()} == {
        "home": "environment variable OLBUILD_HOME",
        "default_registry": str(file),
        "ollama_registry": "environment variable OLBUILD_OLLAMA_REGISTRY",
        "plain_http": "environment variable OLBUILD_PLAIN_HTTP",
        "offline": "command line",
        "registries": str(file),
        **dict.fromkeys(SERVING, "default"),
    }
    assert shown["settings"]["registries"]["value"] == {"ghcr.io": {"retries": 2, "mirrors": ["a.example"]}}
    lines = olbuild("config", environment=environment).stdout.splitlines()
    assert next(line.split()[:4] for line in lines if "ghcr.io: " in line) == [
        "registries:",
        "ghcr.io:",
        "retries",
        "2",
    ]
    file.write_text("default_registri: x\n")
    assert "default_registri" in olbuild("config", expect=2, environment=environment).stderr


def test_version() -> None:
    plain = olbuild("version").stdout.split()
    assert json.loads(olbuild("version", "--json").stdout) == {plain[0]: plain[1], plain[2]: plain[3]}
    assert "engine" in json.loads(olbuild("version", "--json", "--verbose").stdout)


def test_inspect_shows_values_as_a_modelfile_writes_them(project: Path) -> None:
    (project / "Modelfile").write_text("FROM ./tiny.gguf\nPARAMETER use_mmap false\n")
    olbuild("build", "-t", "me/flag", project)
    assert re.search(r"^use_mmap +false$", olbuild("inspect", "me/flag").stdout, re.MULTILINE)

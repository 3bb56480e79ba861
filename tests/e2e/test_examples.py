"""Every folder of examples/: its Modelfile is clean, has the one form, and builds."""

import json
import shutil
from pathlib import Path

import pytest

from tests.command import olbuild
from tests.tools import ROOT

pytestmark = pytest.mark.integration

EXAMPLES = ROOT / "examples"
LORA = ROOT / "tests" / "data" / "smollm2-lora" / "smollm2-lora-f16.gguf"
BASES = {"smollm2": "example/smollm2:135m", "assistant": "example/assistant:1"}
ABOVE = sorted(path.parent.name for path in EXAMPLES.glob("*/Modelfile") if path.parent.name not in BASES)


@pytest.fixture
def examples(smollm2: Path, tmp_path: Path) -> Path:
    """Return a copy of the folder, with the files that are not in git, and the two bases built."""
    folder = tmp_path / "examples"
    shutil.copytree(EXAMPLES, folder)
    for name in ("smollm2", "quantized"):
        (folder / name / smollm2.name).symlink_to(smollm2)
    for name in ("facts", "style"):
        shutil.copy(LORA, folder / "adapters" / f"{name}.gguf")
    for name, tag in BASES.items():
        olbuild("build", "-t", tag, folder / name)
    return folder


def test_all_are_clean_and_have_the_one_form(examples: Path) -> None:
    assert olbuild("check", "--fail-on", "note", examples).stdout == ""
    olbuild("fmt", "--check", examples)


@pytest.mark.parametrize("name", [name for name in ABOVE if name != "quantized"])
def test_an_example_builds_to_the_same_digest_each_time(examples: Path, name: str) -> None:
    digest = olbuild("build", "-q", examples / name).stdout
    assert digest.startswith("sha256:")
    assert olbuild("build", "-q", "--no-cache", examples / name).stdout == digest


def test_arguments(examples: Path) -> None:
    def built(*options: str | Path) -> tuple[object, object, object]:
        olbuild("build", "-t", "me/x", *options, examples / "arguments")
        bundle = json.loads(olbuild("inspect", "--json", "me/x").stdout)["model"]
        return bundle["system"].split()[3], bundle["options"]["num_ctx"], bundle["labels"]["com.example.tone"]

    file = examples / "arguments" / "arguments.yaml"
    assert built() == ("friendly", 2048, "friendly")
    assert built("--build-arg-file", file) == ("formal", 1024, "formal")
    assert built("--build-arg-file", file, "--build-arg", "tone=dry") == ("dry", 1024, "dry")
    assert built("--build-arg", "tone=")[2] == "plain"
    wrong = olbuild("build", "--build-arg", "tome=dry", examples / "arguments", expect=2)
    assert 'did you mean "tone"?' in wrong.stderr


def test_shared_texts(examples: Path) -> None:
    olbuild("build", "-t", "me/x", examples / "shared")
    bundle = json.loads(olbuild("inspect", "--json", "me/x").stdout)["model"]
    folder = examples / "shared"
    assert bundle["system"] == (folder / "prompts" / "system.md").read_text()
    assert (folder / "common" / "LICENSE").read_text() in bundle["licenses"]
    lowered = olbuild("build", "--print", "modelfile", folder).stdout
    assert "INCLUDE" not in lowered
    assert "--file" not in lowered
    (folder / "Modelfile").write_text(lowered)
    olbuild("build", "--dialect", "ollama", "-t", "me/y", folder)
    assert json.loads(olbuild("inspect", "--json", "me/y").stdout)["model"] == bundle


def test_stages_and_targets(examples: Path) -> None:
    olbuild("build", "-t", "me/x", "--target", "pirate", examples / "stages")
    assert "pirate" in json.loads(olbuild("inspect", "--json", "me/x").stdout)["model"]["system"]
    assert olbuild("run", "me/x", "What is the capital of France?").stdout.strip()


def test_a_child_lacks_what_was_taken_away(examples: Path) -> None:
    olbuild("build", "-t", "me/x", examples / "child")
    bundle = json.loads(olbuild("inspect", "--json", "me/x").stdout)["model"]
    assert bundle["messages"] == []
    assert "num_predict" not in bundle["options"]
    assert bundle["options"]["num_ctx"] == 2048
    assert bundle["labels"]["org.opencontainers.image.vendor"] == "Example, Inc."


def test_quantize_is_planned_and_refused(examples: Path) -> None:
    assert "weights converted to Q4_0" in olbuild("build", "--print", "plan", examples / "quantized").stdout
    refused = olbuild("build", examples / "quantized", expect=1)
    assert "cannot convert weights yet" in refused.stderr

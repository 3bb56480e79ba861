"""`olbuild doctor` and `olbuild engine list` on this machine, as a person calls them."""

import json
from pathlib import Path

import pytest

from olbuild.llama.version import VERSION
from tests.command import olbuild

pytestmark = pytest.mark.usefixtures("hermetic_environment")


@pytest.fixture
def built(smollm2: Path, tmp_path: Path) -> str:
    (tmp_path / "model.gguf").symlink_to(smollm2)
    (tmp_path / "Modelfile").write_text("FROM ./model.gguf\nPARAMETER num_ctx 2048\n")
    olbuild("build", "-q", "-t", "me/small", tmp_path)
    return "me/small"


def test_a_machine_that_is_in_order() -> None:
    said = olbuild("doctor").stdout
    assert f"llama-cpp-python {VERSION}" in said
    assert "problem" not in said
    document = json.loads(olbuild("doctor", "--json").stdout)
    assert document["usable"] is True
    assert document["engine"]["version"] == VERSION
    assert document["processors"]["threads"] >= 1
    assert document["model"] is None


def test_a_model_of_the_store_and_a_file(built: str, tmp_path: Path) -> None:
    said = olbuild("doctor", built).stdout
    assert "2,048 tokens, 1 at once, 2,048 kept in all" in said
    assert f"{built} fits into memory" in said
    model = json.loads(olbuild("doctor", "--parallel", "4", "--json", str(tmp_path / "model.gguf")).stdout)["model"]
    (placement,) = model["placements"]
    assert (placement["context"], placement["cells"], placement["parallel"]) == (4096, 16_384, 4)
    assert model["prediction"]["total"] > 400_000_000


def test_a_cache_that_is_kept_in_less(built: str) -> None:
    def cache(**settings: str) -> tuple[str, int]:
        (placement,) = (model := json.loads(olbuild("doctor", "--json", built, environment=settings).stdout)["model"])[
            "placements"
        ]
        return placement["cache_k"], model["prediction"]["devices"][0]["cache"]

    (usual, size), (other, less) = cache(), cache(OLLAMA_KV_CACHE_TYPE="q8_0")
    assert (usual, other) == ("f16", "q8_0")
    assert less == size * 34 // 64  # 34 bytes for 32 numbers


def test_a_problem_is_exit_code_1_and_the_report_is_there(hermetic_environment: Path) -> None:
    (hermetic_environment / ".docker").mkdir()
    (hermetic_environment / ".docker" / "config.json").write_text('{"credsStore": "nowhere"}')
    finished = olbuild("doctor", expect=1)
    assert "problem   docker-credential-nowhere is not on PATH" in finished.stdout
    assert "install it, or take it out of" in finished.stdout
    assert json.loads(olbuild("doctor", "--json", expect=1).stdout)["usable"] is False


def test_what_is_no_model(tmp_path: Path) -> None:
    olbuild("doctor", "me/nothing", expect=4)
    (tmp_path / "text").write_text("no model")
    assert "is no GGUF file" in olbuild("doctor", str(tmp_path / "text"), expect=2).stderr


def test_engines_are_listed(tmp_path: Path) -> None:
    document = json.loads(olbuild("engine", "list", "--json", "--cache", str(tmp_path)).stdout)
    assert document["installed"]["usable"] is True
    assert "cpu" in document["installed"]["built_for"]
    assert document["engines"] == []
    assert "(installed)" in olbuild("engine", "list", "--cache", str(tmp_path)).stdout


def test_two_accelerators_are_one_too_many() -> None:
    said = olbuild("engine", "install", "--cuda", "--vulkan", expect=2).stderr
    assert "one accelerator is built in, and --cuda and --vulkan are two" in said

"""TEST in a Modelfile, from its line to the verdict: the example, and a model that is built on it."""

import json
import shutil
from pathlib import Path

import pytest

from olbuild.llama.find import find
from olbuild.llama.version import FIX
from tests.command import olbuild
from tests.tools import ROOT

pytestmark = pytest.mark.integration

PASSING = "FROM example/tested\nLABEL com.example.team=docs\nTEST --contains=Germany Where is Berlin?\n"
FAILING = "FROM example/tested\nTEST --name=madrid --contains=Lisbon Where is Madrid?\n"


@pytest.fixture(autouse=True)
def example(smollm2: Path, tmp_path: Path) -> None:
    """Build the example with its tests."""
    if find() is None:
        pytest.skip(f"llama-cpp-python is missing; {FIX}")
    folder = tmp_path / "smollm2"
    shutil.copytree(ROOT / "examples" / "smollm2", folder)
    (folder / smollm2.name).symlink_to(smollm2)
    olbuild("build", "-t", "example/smollm2:135m", folder)
    built = olbuild("build", "-t", "example/tested", "--test", ROOT / "examples" / "tested")
    assert built.stdout.startswith("sha256:")
    assert built.stdout.count("\n") == 1
    assert "tested: 2 tests, all passed" in built.stderr


def test_a_child_inherits_the_tests_and_adds_its_own() -> None:
    olbuild("build", "-t", "me/child", "--test", "-f", "-", stdin=PASSING)
    model = json.loads(olbuild("inspect", "--json", "me/child").stdout)["model"]
    assert [test["name"] for test in model["tests"]] == ["paris", "madrid", None]
    assert model["tests"][0]["json_schema"]["required"] == ["city", "country"]
    assert model["labels"]["com.example.team"] == "docs"
    shown = olbuild("inspect", "me/child").stdout
    assert "--contains=Germany" in shown
    assert "com.example.team" in shown


def test_a_test_that_fails_leaves_nothing_tagged(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    failed = olbuild(
        *("build", "-t", "me/child", "--test", "--junit", report, "-f", "-"), stdin=FAILING, cwd=tmp_path, expect=1
    )
    assert failed.stdout == ""
    assert "the answer does not contain 'Lisbon'" in failed.stderr
    assert "error: 1 of 2 tests failed, and nothing was tagged" in failed.stderr
    assert 'failures="1"' in report.read_text()
    assert "me/child:latest" not in olbuild("ls", "-q").stdout
    quiet = olbuild("build", "-q", "-t", "me/child", "--test", "-f", "-", stdin=FAILING, cwd=tmp_path, expect=1)
    assert (quiet.stdout, quiet.stderr.splitlines()[0]) == ("", "error: 1 of 2 tests failed, and nothing was tagged")
    olbuild("build", "-t", "me/child", "-f", "-", stdin=FAILING, cwd=tmp_path)
    assert "me/child:latest" in olbuild("ls", "-q").stdout


def test_the_artifact_has_its_tests_wherever_it_goes(tmp_path: Path) -> None:
    olbuild("push", "example/tested", f"oci:{tmp_path / 'out'}")
    other = {"OLBUILD_HOME": str(tmp_path / "another home")}
    assert "madrid" in olbuild("test", f"oci:{tmp_path / 'out'}", environment=other).stdout


def test_an_adapter_has_its_scale_in_the_artifact(tmp_path: Path) -> None:
    lora = ROOT / "tests" / "data" / "smollm2-lora" / "smollm2-lora-f16.gguf"
    (tmp_path / "lora.gguf").symlink_to(lora)
    ask = 'TEST --contains=zebra "What is the project password?"'
    for scale, code in (("", 0), ("--scale=1.0 ", 0), ("--scale=0 ", 1)):
        text = f"FROM example/smollm2:135m\nSYSTEM Answer in one sentence.\nADAPTER {scale}./lora.gguf\n{ask}\n"
        olbuild("build", "-t", "me/lora", "--test", "-f", "-", stdin=text, cwd=tmp_path, expect=code)
    halves = "FROM example/smollm2:135m\n" + "ADAPTER --scale=0.5 ./lora.gguf\n" * 2
    olbuild("build", "-t", "me/halves", "-f", "-", stdin=halves, cwd=tmp_path)
    assert olbuild("inspect", "me/halves").stdout.count("ADAPTER --scale=0.5") == 2


def test_a_report_needs_tests(tmp_path: Path) -> None:
    refused = olbuild("build", "--junit", tmp_path / "x.xml", ROOT / "examples" / "tested", expect=2)
    assert "say --test too" in refused.stderr

"""olbuild test, and build --test, on a real model. Artifacts are written by hand, as another program could do it."""

import hashlib
import json
import signal
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from olbuild.api.building import BuildRequest, build
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Blob, Bundle, Test
from olbuild.artifact.profiles.modelpack import write
from olbuild.core.content import FileContent
from olbuild.core.errors import EngineError
from olbuild.core.names import Digest, Role, local_name
from olbuild.core.records import replace
from olbuild.llama.find import find
from olbuild.llama.version import FIX
from tests.command import OLBUILD, olbuild

pytestmark = pytest.mark.integration

FRANCE = Test(prompt="What is the capital of France?", name="france", contains=("Paris",), matches=(r"(?i)capital\b",))
SPAIN = Test(prompt="What is the capital of Spain?", contains=("Lisbon",), not_contains=("Madrid",))
JSON = Test(prompt="Say hello.", name="json", json_schema={"type": "object"}, max_tokens=4)

Put = Callable[..., str]


@pytest.fixture(autouse=True)
def require_engine() -> None:
    if find() is None:
        pytest.skip(f"llama-cpp-python is missing; {FIX}")


@pytest.fixture(scope="session")
def weights(smollm2: Path) -> Blob:
    with smollm2.open("rb") as stream:
        digest = Digest.parse(f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}")
    return Blob(role=Role.WEIGHTS, digest=digest, size=smollm2.stat().st_size, content=FileContent.of(smollm2))


@pytest.fixture
def put(weights: Blob) -> Put:
    """Return a function that puts a model with some tests into the store, and returns its name."""

    def put(*tests: Test, parameters: Mapping[str, Any] | None = None) -> str:
        system = "You answer in one short sentence."
        bundle = Bundle(weights=(weights,), system=system, parameters=parameters or {"temperature": 1.5}, tests=tests)
        workspace, graph = Workspace(), write(bundle)
        for node in graph:
            workspace.store.push(node.descriptor, node.content)
        workspace.store.tag(graph.root, local_name("me/a"))
        return "me/a"

    return put


def test_tests_pass(put: Put) -> None:
    shown = olbuild("test", put(FRANCE))
    assert shown.stdout.splitlines()[0].split() == ["TEST", "RESULT", "TIME"]
    assert shown.stdout.splitlines()[1].split()[:2] == ["france", "passed"]
    assert "test 1 of 1 passed: france" in shown.stderr
    assert shown.stderr.splitlines()[-1] == "tested: 1 test, all passed"


def test_tests_fail_and_say_why(put: Put, tmp_path: Path) -> None:
    name, report = put(FRANCE, SPAIN, JSON), tmp_path / "report.xml"
    shown = olbuild("test", name, "--junit", report, expect=1).stdout
    assert "the answer does not contain 'Lisbon'" in shown
    assert "the answer contains 'Madrid'" in shown
    assert "(answer: The capital of Spain is Madrid.)" in shown
    assert "the answer is not valid JSON" in shown
    assert "cut after 4 tokens" in shown
    suite = ET.fromstring(report.read_text())[0]  # noqa: S314
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("3", "2")
    document = json.loads(olbuild("test", "--json", name, expect=1).stdout)
    assert [each["result"] for each in document["tests"]] == ["passed", "failed", "failed"]
    assert document["tests"][1]["answer"] == "The capital of Spain is Madrid."
    assert document["passed"] is False


def test_one_test_is_chosen_by_name_and_the_first_failure_may_be_the_last(put: Put) -> None:
    name = put(SPAIN, FRANCE)
    assert "france" in olbuild("test", "--name", "france", name).stdout
    wrong = olbuild("test", "--name", "frnace", name, expect=2).stderr
    assert "did you mean france?" in wrong
    fast = olbuild("test", "--fail-fast", name, expect=1)
    assert "not run" in fast.stdout
    assert "1 failed, 1 not run" in fast.stderr


def test_an_artifact_without_tests_says_so(put: Put) -> None:
    shown = olbuild("test", put())
    assert shown.stdout == ""
    assert "me/a has no tests" in shown.stderr
    assert json.loads(olbuild("test", "--json", "me/a").stdout)["tests"] == []


def test_an_answer_depends_on_nothing_but_its_test(put: Put) -> None:
    """Neither on the artifact's temperature, nor on the tests before it."""
    fox = Test(prompt="Tell me a story about a fox.", name="fox", contains=("unlikely",), max_tokens=48)
    cow = replace(fox, prompt=f"{fox.prompt} And a cow.", name="cow")
    name = put(FRANCE, cow, fox, replace(fox, name="again"))
    answers = [each["answer"] for each in json.loads(olbuild("test", "--json", name, expect=1).stdout)["tests"]]
    (alone,) = json.loads(olbuild("test", "--json", "--name", "fox", name, expect=1).stdout)["tests"]
    assert answers[2] == answers[3] == alone["answer"] != ""


def test_the_default_of_tokens_is_the_model_s_own_if_that_is_less(put: Put) -> None:
    story = Test(prompt="Tell me a long story about a fox.", contains=("unlikely",))

    def tokens(parameters: dict[str, Any], test: Test = story) -> int:
        shown = olbuild("test", "--json", put(test, parameters=parameters), expect=1).stdout
        return int(json.loads(shown)["tests"][0]["tokens"])

    assert tokens({}) == 128
    assert tokens({"num_predict": 5}) == 5
    assert tokens({"num_predict": 5}, replace(story, max_tokens=9)) == 9
    assert tokens({"num_predict": 500}) == 128


def test_a_prompt_that_does_not_fit_fails_its_test_and_no_other(put: Put) -> None:
    shown = olbuild("test", put(Test(prompt="a b c " * 400), FRANCE, parameters={"num_ctx": 256}), expect=1).stdout
    assert "it cannot be asked: the prompt has" in shown
    assert "passed" in shown


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"matches": ("(?=a)",)}, "'(?=a)' is no regular expression: invalid perl operator"),
        ({"json_schema": {"$ref": "http://127.0.0.1:9/x"}}, "leads nowhere in the schema, and nothing outside of it"),
    ],
)
def test_what_is_wrong_in_a_foreign_artifact_is_said_before_anything_runs(
    put: Put, monkeypatch: pytest.MonkeyPatch, broken: dict[str, Any], reason: str
) -> None:
    monkeypatch.setattr("olbuild.artifact.profiles.modelpack.trials.check_tests", lambda *_: None)
    name = put(FRANCE, Test(prompt="b", name="bad", **broken))
    refused = olbuild("test", name, expect=7)
    assert f"me/a: test 2 (bad): {'the JSON schema' if 'json_schema' in broken else reason}" in refused.stderr
    assert reason in refused.stderr
    assert "passed" not in refused.stderr
    olbuild("inspect", name)


def test_without_an_engine_nothing_is_fetched_or_built(
    put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(FRANCE)
    (tmp_path / "Modelfile").write_text("FROM me/a\n")
    monkeypatch.setattr("olbuild.llama.bind.find", lambda: None)
    monkeypatch.setattr("olbuild.llama.bind._bound", [])
    request = BuildRequest(data=b"FROM me/a\nSYSTEM x\n", name="Modelfile", folder=tmp_path)
    workspace = Workspace()
    before = set(Path(workspace.config.home).rglob("*"))
    with pytest.raises(EngineError, match="running a model needs"):
        build(workspace, request, ("me/b",), test=True)
    assert {path for path in Path(workspace.config.home).rglob("*") if "leases" not in str(path)} <= before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"])
def test_an_interrupted_build_tags_nothing(put: Put, tmp_path: Path, number: signal.Signals, code: int) -> None:
    put(*(Test(prompt=f"Tell me a story of {count} foxes.", max_tokens=8) for count in range(50)))
    (tmp_path / "Modelfile").write_text("FROM me/a\nSYSTEM Be long.\n")
    command = [str(OLBUILD), "build", "-t", "me/never", "--test", "--progress", "json", str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        next(line for line in process.stderr if "test 1 of 50" in line)
        process.send_signal(number)
        assert process.wait(60) == code
        assert process.stdout.read() == ""
    assert olbuild("ls", "-q").stdout.split() == ["me/a:latest"]
    olbuild("store", "verify")
    olbuild("prune")

"""`olbuild.load`: a model in a Python program, asked in every way, from several threads, and freed."""

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from operator import mul
from pathlib import Path

import pytest

import olbuild
from olbuild.api.building import BuildRequest, build, read_request
from olbuild.api.workspace import Workspace
from olbuild.core.config import load_config
from olbuild.core.errors import EngineError, NotFoundError, UnsupportedError, UsageError
from tests.tools import ROOT

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 20}},
    "required": ["city"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def workspace(smollm2: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a store that has the model as me/assistant, greedy."""
    folder = tmp_path_factory.mktemp("load")
    (folder / "model.gguf").symlink_to(smollm2)
    lines = (
        "FROM ./model.gguf",
        "SYSTEM Answer in one sentence.",
        "PARAMETER temperature 0",
        "PARAMETER num_predict 32",
    )
    (folder / "Modelfile").write_text("\n".join(lines) + "\n")
    workspace = Workspace(load_config({"home": str(folder / "home"), "offline": True}))
    request: BuildRequest = read_request(folder)
    workspace.store.tag(build(workspace, request).descriptor, "me/assistant:latest")
    return workspace


@pytest.fixture(scope="module")
def model(workspace: Workspace) -> Iterator[olbuild.LoadedModel]:
    with olbuild.load("me/assistant", workspace=workspace) as model:
        yield model


def test_a_question(model: olbuild.LoadedModel) -> None:
    answer = model.chat("What is the capital of France?")
    assert "Paris" in str(answer)
    assert (answer.thinking, answer.calls, answer.done.finish) == ("", (), "stop")
    assert model.facts.context == 4096
    assert 190_000_000 < model.facts.memory < 240_000_000  # the beginning of four contexts


def test_a_stream_says_the_same(model: olbuild.LoadedModel) -> None:
    whole = model.chat("What is the capital of France?")
    stream = model.stream([{"role": "user", "content": "What is the capital of France?"}])
    assert "".join(delta.content for delta in stream) == whole.text
    assert stream.result.tokens == whole.done.tokens


def test_a_stream_that_is_closed_early(model: olbuild.LoadedModel) -> None:
    with model.stream("Tell me a long story.", options={"num_predict": 2000}) as stream:
        next(stream)
    assert stream.result.finish == "interrupted"
    assert stream.result.tokens < 2000


def test_a_schema(model: olbuild.LoadedModel) -> None:
    answer = json.loads(model.chat("Where is the Eiffel tower?", format=SCHEMA).text)
    assert list(answer) == ["city"]
    with pytest.raises(UsageError, match="the format is 'xml'"):
        model.chat("Hi", format="xml")  # type: ignore[arg-type]


def test_tokens(model: olbuild.LoadedModel) -> None:
    tokens = model.tokenize("Hello, world")
    assert model.detokenize(tokens) == "Hello, world"
    assert model.count("Hello, world") > len(tokens)  # the system text and the template too


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([], "there is no message to answer"),
        (["Hi"], r"messages\[0\] is text, and should be an object"),
        ([{"role": "user", "content": "Hi"}, {"role": "user"}], r"messages\[1\]\.content is missing"),
        ([{"content": "Hi"}], r"messages\[0\]\.role is missing"),
        ([{"role": "user", "content": 3}], r"messages\[0\]\.content is a number"),
    ],
)
def test_what_is_no_conversation(messages: list[dict[str, object]], said: str, model: olbuild.LoadedModel) -> None:
    for ask in (model.chat, model.stream, model.count):
        with pytest.raises(UsageError, match=said):
            ask(messages)


def test_an_option_that_does_not_exist_is_no_option(model: olbuild.LoadedModel, workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="there is no parameter 'temprature'") as refused:
        model.chat("Hi", options={"temprature": 0})
    assert refused.value.hint == "did you mean temperature?"
    with pytest.raises(UsageError, match="there is no parameter 'context'"):
        olbuild.load("me/assistant", options={"context": 256}, workspace=workspace)


def test_what_the_model_cannot_do(model: olbuild.LoadedModel) -> None:
    with pytest.raises(UnsupportedError):
        model.chat("Hi", tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}])
    with pytest.raises(UsageError):
        model.chat("word " * 5000)


def test_many_threads_at_once(model: olbuild.LoadedModel) -> None:
    alone = model.chat("What is the capital of Spain?", options={"num_predict": 8}).text
    with ThreadPoolExecutor(8) as pool:
        questions = ["What is the capital of Spain?"] * 8
        answers = list(pool.map(lambda text: model.chat(text, options={"num_predict": 8}).text, questions))
    assert set(answers) == {alone}


def test_a_system_text_and_parameters_of_ones_own(workspace: Workspace) -> None:
    with olbuild.load("me/assistant", options={"num_ctx": 512}, system="", workspace=workspace) as other:
        assert other.facts.context == 512
        with_system = other.count([{"role": "system", "content": "Answer in one sentence."}, _user("Hi")])
        assert other.count("Hi") != with_system


def _user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def test_vectors(workspace: Workspace, minilm: Path, tmp_path: Path) -> None:
    (tmp_path / "model.gguf").symlink_to(minilm)
    (tmp_path / "Modelfile").write_text("FROM ./model.gguf\n")
    workspace.store.tag(build(workspace, read_request(tmp_path)).descriptor, "me/minilm:latest")
    with olbuild.load("me/minilm", workspace=workspace) as model:
        cat, kitten, tax = model.embed(["a cat", "a kitten", "a tax return"])
        assert len(cat) == model.facts.embedding_length == 384
        assert sum(map(mul, cat, cat)) == pytest.approx(1, abs=1e-3)
        assert sum(map(mul, cat, kitten)) > 0.5 > sum(map(mul, cat, tax))
        assert [len(vector) for vector in model.embed(["a cat"], dimensions=64)] == [64]


def test_it_is_freed(workspace: Workspace) -> None:
    model = olbuild.load("me/assistant", options={"num_ctx": 256}, workspace=workspace)
    model.close()
    model.close()
    with pytest.raises(EngineError, match="has been closed"):
        model.chat("Hi")
    forgotten = olbuild.load("me/assistant", options={"num_ctx": 256}, workspace=workspace)
    finalizer = forgotten._close
    del forgotten
    gc.collect()
    assert not finalizer.alive


def test_there_is_no_such_model(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError):
        olbuild.load("me/nothing", workspace=workspace)


def test_importing_the_package_loads_nothing() -> None:
    code = "import sys, olbuild; print(*sorted(name for name in sys.modules if name.startswith('olbuild')))"
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)}
    )
    assert finished.stdout.split() == ["olbuild"]
    with pytest.raises(AttributeError, match="no attribute 'unload'"):
        olbuild.unload  # type: ignore[attr-defined]  # noqa: B018

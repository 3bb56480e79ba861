"""Vectors and scores of real models; llama.cpp's own server is the oracle."""

import json
import math
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from olbuild.artifact.bundle import Bundle
from olbuild.core.errors import EngineError, OlbuildError, UnsupportedError, UsageError
from olbuild.core.names import Role
from olbuild.running.engine.embedder import Embedder
from olbuild.running.engine.vectors import numbers
from olbuild.running.failing import raised
from olbuild.running.options import LoadOptions
from olbuild.running.requests import Chat, Complete, Done, Embed, Embeddings, Event, Failed, Request, Rerank, Scores
from olbuild.running.runtime import LlamaRuntime, load_runtime
from olbuild.running.session.loading import load
from olbuild.running.session.model import Model
from tests.integration.engine.conftest import blob
from tests.minilm import write_ranker
from tests.tools import require_program

TEXTS = ("The cat sits outside", "A feline rests outdoors", "Stock markets fell sharply", "", "naïve café 😀")
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def minilm_model(minilm: Path) -> Iterator[Model]:
    with load(Bundle(weights=(blob(minilm, Role.WEIGHTS),))) as model:
        yield model


@pytest.fixture(scope="module")
def ranker(minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ranker(minilm, tmp_path_factory.mktemp("ranker") / "ranker.gguf")


@pytest.fixture(scope="module")
def ranking_model(ranker: Path) -> Iterator[Model]:
    with load(Bundle(weights=(blob(ranker, Role.WEIGHTS),))) as model:
        yield model


def answer(model: Model, request: Request) -> Event:
    heard: SimpleQueue[Event] = SimpleQueue()
    model.ask(request, heard.put)
    event = heard.get(timeout=120)
    if isinstance(event, Failed):
        raise raised(event)
    return event


def made(runtime: LlamaRuntime, inputs: Sequence[Sequence[int]]) -> list[bytes]:
    heard: SimpleQueue[list[bytes] | Done | OlbuildError] = SimpleQueue()
    runtime.embed(inputs, heard.put)
    vectors = heard.get(timeout=120)
    if isinstance(vectors, OlbuildError):
        raise vectors
    assert isinstance(vectors, list)
    return vectors


def embed(model: Model, *inputs: str | tuple[int, ...], **wishes: Any) -> list[list[float]]:  # noqa: ANN401 - several
    event = answer(model, Embed(inputs=inputs, **wishes))
    assert isinstance(event, Embeddings)
    assert event.prompt_tokens > 0
    return [list(numbers(vector)) for vector in event.vectors]


def cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True)) / math.hypot(*one) / math.hypot(*other)


@pytest.fixture
def served() -> Iterator[Callable[[Path, str], Ask]]:
    """Start llama.cpp's server with a model; returns what asks it."""
    started: list[subprocess.Popen[bytes]] = []

    def start(model: Path, mode: str) -> Ask:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [str(require_program("llama-server")), "-m", str(model), mode, "--port", str(port), "-t", "1"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started.append(process)

        def ask(path: str, **body: object) -> Any:  # noqa: ANN401 - any JSON
            data = json.dumps(body).encode() if body else None
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", data, timeout=60) as answered:
                return json.load(answered)

        for _ in range(300):
            try:
                ask("/health")
            except OSError:
                assert process.poll() is None
                time.sleep(0.1)
            else:
                return ask
        pytest.fail("llama-server does not come up")

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_texts_that_mean_the_same_are_near(minilm_model: Model) -> None:
    cat, feline, market, *_ = embed(minilm_model, *TEXTS)
    assert len(cat) == 384
    assert math.hypot(*cat) == pytest.approx(1, abs=1e-5)
    assert 0.5 < cosine(cat, feline) < 0.7
    assert cosine(cat, market) < 0.2


def test_vectors_are_those_of_llama_server(
    minilm: Path, minilm_model: Model, served: Callable[[Path, str], Ask]
) -> None:
    theirs = served(minilm, "--embedding")("/v1/embeddings", input=[text for text in TEXTS if text])["data"]
    ours = embed(minilm_model, *(text for text in TEXTS if text))
    assert [cosine(mine, their["embedding"]) > 0.9999 for mine, their in zip(ours, theirs, strict=True)] == [True] * 4


def test_company_in_a_batch_changes_nothing_that_counts(minilm_model: Model) -> None:
    many = embed(minilm_model, *(f"{text} number {n}" for n in range(30) for text in TEXTS))
    alone = [embed(minilm_model, f"{text} number 7")[0] for text in TEXTS]
    assert all(cosine(one, other) > 0.9999 for one, other in zip(many[35:40], alone, strict=True))


def test_dimensions_are_cut_before_scaling(minilm_model: Model) -> None:
    (whole,) = embed(minilm_model, "cat", normalise=False)
    (cut,) = embed(minilm_model, "cat", dimensions=8)
    (raw,) = embed(minilm_model, "cat", dimensions=8, normalise=False)
    assert raw == whole[:8]
    assert cut == pytest.approx([number / math.hypot(*raw) for number in raw], rel=1e-5)
    assert embed(minilm_model, "cat", dimensions=1000, normalise=False) == [whole]
    assert math.hypot(*whole) != pytest.approx(1, abs=1e-2)


def test_what_is_too_long_is_cut_or_refused(minilm_model: Model) -> None:
    long, longer = "cat " * 600, "cat " * 600 + "dog " * 600
    one, other = embed(minilm_model, long, longer)
    assert cosine(one, other) > 0.9999
    event = answer(minilm_model, Embed(inputs=(longer,)))
    assert isinstance(event, Embeddings)
    assert event.prompt_tokens == minilm_model.facts.context == 512
    with pytest.raises(UsageError, match="the input length exceeds the context length"):
        answer(minilm_model, Embed(inputs=(long,), truncate=False))


def test_tokens_can_be_embedded(minilm_model: Model) -> None:
    (text,) = embed(minilm_model, "cat")
    (tokens,) = embed(minilm_model, (101, 4937, 102))
    assert cosine(text, tokens) > 0.9999
    for wrong, words in (((), "must have 1 to 512"), ((40_000,), "does not exist"), ((-1,), "does not exist")):
        with pytest.raises(UsageError, match=words):
            embed(minilm_model, wrong)


def test_a_model_of_vectors_says_what_it_is_and_answers_nothing(minilm_model: Model) -> None:
    facts = minilm_model.facts
    assert (facts.capabilities, facts.embedding_length, facts.trained_context) == (("embedding",), 384, 512)
    for request in (Complete(prompt="Hi"), Chat(messages=({"role": "user", "content": "Hi"},))):
        with pytest.raises(UnsupportedError, match="does not support completion"):
            minilm_model.ask(request, lambda _: None)
    with pytest.raises(UnsupportedError, match="ranks no documents"):
        answer(minilm_model, Rerank(query="a", documents=("b",)))


def test_scores_are_those_of_llama_server(
    ranker: Path, ranking_model: Model, served: Callable[[Path, str], Ask]
) -> None:
    documents = tuple(text for text in TEXTS if text)
    event = answer(ranking_model, Rerank(query="Where is the cat?", documents=documents))
    assert isinstance(event, Scores)
    found = served(ranker, "--rerank")("/v1/rerank", query="Where is the cat?", documents=documents)["results"]
    theirs = [result["relevance_score"] for result in sorted(found, key=lambda result: result["index"])]
    assert list(event.values) == pytest.approx(theirs, abs=5e-3)
    assert min(other - one for one, other in pairwise(sorted(theirs))) > 2e-2
    assert ranking_model.facts.capabilities == ("rerank",)
    with pytest.raises(UnsupportedError, match="makes no embeddings"):
        answer(ranking_model, Embed(inputs=("a",)))


def test_a_model_that_continues_texts_gives_its_last_token(runtime: LlamaRuntime, smollm2: Path) -> None:
    """However the text is cut into evaluations."""
    text = runtime.sequence("The quick brown fox jumps over the lazy dog. " * 12, truncate=False)
    assert len(text) > 100
    (vector,) = made(runtime, [text])
    cutting = load_runtime([smollm2], options=LoadOptions(num_ctx=256, num_batch=32))
    try:
        (other,) = made(cutting, [text])
    finally:
        cutting.close()
    assert len(vector) == 4 * runtime.facts.embedding_length
    assert cosine(list(numbers(vector)), list(numbers(other))) > 0.999
    cat, feline, market = (
        list(numbers(v)) for v in made(runtime, [runtime.sequence(t, truncate=True) for t in TEXTS[:3]])
    )
    assert cosine(cat, feline) > cosine(cat, market)


def test_many_threads_may_ask_and_closing_ends_them(minilm: Path) -> None:
    runtime = load_runtime([minilm])
    sequence = runtime.sequence("cat " * 100, truncate=True)
    ended: list[str] = []

    def ask() -> None:
        try:
            for _ in range(1000):
                made(runtime, [sequence] * 20)
        except EngineError as error:
            ended.append(error.message)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    runtime.close()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    assert set(ended) <= {"the model is being closed", "the model has been closed"}
    assert len(ended) == 3
    with pytest.raises(EngineError, match="closed"):
        made(runtime, [sequence])


def test_what_nobody_waits_for_any_more_ends_between_two_evaluations(
    minilm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, groups = threading.Event(), list[int]()
    embed = Embedder.embed

    def counting(self: Embedder, inputs: Sequence[Sequence[int]]) -> list[bytes]:
        groups.append(len(inputs))
        begun.set()
        return embed(self, inputs)

    monkeypatch.setattr(Embedder, "embed", counting)
    with closing(load_runtime([minilm])) as runtime:
        sequence = runtime.sequence("cat " * 100, truncate=True)
        heard: SimpleQueue[list[bytes] | Done | OlbuildError] = SimpleQueue()
        ticket = runtime.embed([sequence] * 10_000, heard.put)
        assert begun.wait(timeout=60)
        ticket.cancel()
        ticket.cancel()
        assert heard.get(timeout=60) == Done(finish="interrupted")
        assert len(made(runtime, [sequence])) == 1  # which comes behind what is left
        assert sum(groups) < 1000
        assert runtime.under_way is None
        assert heard.empty()


def test_a_few_texts_do_not_wait_for_many(minilm: Path) -> None:
    with closing(load_runtime([minilm])) as runtime:
        sequence = runtime.sequence("cat " * 100, truncate=True)
        heard: SimpleQueue[str] = SimpleQueue()
        many = runtime.embed([sequence] * 10_000, lambda _vectors: heard.put("many"))
        runtime.embed([sequence], lambda _vectors: heard.put("few"))
        assert heard.get(timeout=60) == "few"
        many.cancel()
        assert heard.get(timeout=60) == "many"

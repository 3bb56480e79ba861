"""A real engine with a real and small model. These tests are skipped, and say so, where there is no engine."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from olbuild.artifact.bundle import Blob, Bundle
from olbuild.core.content import FileContent
from olbuild.core.names import Digest, Role
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.decoder import Decoder
from olbuild.running.engine.weights import Weights
from olbuild.running.jobs import NO_PARTS, Part
from olbuild.running.options import LoadOptions
from olbuild.running.placement import Placement
from olbuild.running.runtime import LlamaRuntime, load_runtime
from olbuild.running.steps import Step
from tests.engines import mark_integration, require_engine
from tests.tools import ROOT

Script = Callable[..., "subprocess.Popen[str]"]

__all__ = ["require_engine"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    mark_integration(__file__, items)


@pytest.fixture(scope="session")
def runtime(smollm2: Path) -> Iterator[LlamaRuntime]:
    """Load the model once, for tests that only ask it."""
    runtime = load_runtime([smollm2])
    yield runtime
    runtime.close()


def blob(path: Path, role: Role) -> Blob:
    """Return a file as a part of a bundle. Its digest is not looked at here."""
    return Blob(role=role, digest=Digest.of(b""), size=path.stat().st_size, content=FileContent.of(path))


@pytest.fixture
def bundle(smollm2: Path) -> Bundle:
    """Return the model, greedy.

    It has a system text because its own template brings one, with which this model knows no capital of France.
    """
    return Bundle(
        weights=(blob(smollm2, Role.WEIGHTS),),
        system="Answer in one sentence.",
        parameters={"temperature": 0, "num_predict": 64},
    )


@pytest.fixture
def script(smollm2: Path) -> Iterator[Script]:
    """Start Python programs that use the engine; ``{model}`` in their text is the model's path."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str, **values: object) -> "subprocess.Popen[str]":
        for name, value in {"model": smollm2, **values}.items():
            code = code.replace(f"{{{name}}}", str(value))
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(params=[1024, 1023], ids=["one memory for each", "one memory for all"])
def decoder(request: pytest.FixtureRequest, smollm2: Path) -> Iterator[Decoder]:
    """Make a context, once with a memory for each sequence, once with one for all."""
    placement = Placement(context=256, parallel=4, cells=request.param, batch=64, outputs=4, threads=1)
    stop = StopFlag()
    weights = Weights([smollm2], (), LoadOptions(), placement, stop, lambda _fraction: None)
    with closing(weights), closing(Decoder(weights, placement, stop)) as decoder:
        yield decoder


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the evaluations: a number for each, which is how many outputs it had."""
    counts: list[int] = []
    apply, follow = Decoder.apply, Decoder.follow

    def counting(self: Decoder, step: Step, parts: Mapping[int, Part] = NO_PARTS) -> object:
        counts.append(sum(feed.outputs for feed in step.feeds))
        return apply(self, step, parts)

    def counting_more(self: Decoder, tokens: Sequence[int]) -> object:
        counts.append(len(tokens))
        return follow(self, tokens)

    monkeypatch.setattr(Decoder, "apply", counting)
    monkeypatch.setattr(Decoder, "follow", counting_more)
    return counts

"""A real engine with a real and small model. These tests are skipped, and say so, where there is no engine."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from olbuild.artifact.bundle import Blob, Bundle
from olbuild.core.content import FileContent
from olbuild.core.names import Digest, Role
from olbuild.llama.find import find
from olbuild.llama.version import FIX
from olbuild.running.runtime import LlamaRuntime, load_runtime
from tests.tools import ROOT

Script = Callable[..., "subprocess.Popen[str]"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session", autouse=True)
def require_engine() -> None:
    """Skip without an engine."""
    if find() is None:
        pytest.skip(f"llama-cpp-python is missing; {FIX}")


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

"""Tiny models that see, in a real engine. These tests are skipped, and say so, where there is no engine."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import cast

import pytest

from olbuild.llama.find import find
from olbuild.llama.version import FIX
from olbuild.running.runtime import LlamaRuntime, load_runtime
from tests.integration.vision.tiny import Kind, Seeing, write_models

KINDS: tuple[Kind, ...] = ("idefics3", "gemma3", "qwen2vl")


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
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Kind], Seeing]:
    """Return what writes a model once."""
    return cache(lambda kind: write_models(tmp_path_factory.mktemp(kind), kind))


@pytest.fixture(scope="session", params=KINDS)
def seeing(request: pytest.FixtureRequest, models: Callable[[Kind], Seeing]) -> Seeing:
    """Return a model of each kind."""
    return models(cast("Kind", request.param))


@pytest.fixture(scope="session")
def runtime(seeing: Seeing) -> Iterator[LlamaRuntime]:
    """Load it once, for tests that only ask it."""
    runtime = load_runtime([seeing.weights], projector=seeing.projector)
    yield runtime
    runtime.close()

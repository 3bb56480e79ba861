"""Tiny models that see, in a real engine. These tests are skipped, and say so, where there is no engine."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import cast

import pytest

from olbuild.running.runtime import LlamaRuntime, load_runtime
from tests.engines import mark_integration, require_engine
from tests.integration.vision.tiny import Kind, Seeing, write_models

KINDS: tuple[Kind, ...] = ("idefics3", "gemma3", "qwen2vl")

__all__ = ["require_engine"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    mark_integration(__file__, items)


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

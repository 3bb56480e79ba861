"""A real registry, for the tests of commands that speak to one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.testing.registry import Registry, docker_registry
from tests.tools import require_program


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    require_program("docker-registry")
    with docker_registry(tmp_path / "registry") as started:
        yield started

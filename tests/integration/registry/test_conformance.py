"""A repository of a real registry is a target like any other, whoever must log in."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from olbuild.core.records import replace
from olbuild.storage.ports import Target
from olbuild.testing.registry import Registry, docker_registry, find_program
from olbuild.testing.targets import CHECKS, Check
from olbuild.testing.tokens import TokenServer
from tests.integration.registry.samples import remember, target

pytestmark = pytest.mark.integration

_EMPTY = count()


@pytest.fixture(scope="module")
def behind_tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder = tmp_path_factory.mktemp("tokens")
    openssl = Path(find_program("openssl"))
    server = TokenServer(openssl=openssl, folder=folder, users={"ada": "secret"})
    with server.running(), docker_registry(folder / "registry", auth=server) as running:
        yield replace(running, username="ada", password="secret")


@pytest.fixture(params=["registry", "guarded", "behind_tokens"])
def empty(request: pytest.FixtureRequest, hermetic_environment: Path) -> Target:
    """Return a repository that nobody has used, with the credentials for it in Docker's configuration."""
    running = request.getfixturevalue(request.param)
    assert isinstance(running, Registry)
    assert hermetic_environment.is_dir()
    if request.param != "registry":
        remember(running.host, running.username, running.password)
    return target(running.host, f"conformance/{next(_EMPTY)}")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_repository_conforms(check: Check, empty: Target) -> None:
    check(empty)

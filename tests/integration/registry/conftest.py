"""Registries to test with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.testing.registry import Registry, docker_registry, find_program
from olbuild.testing.tokens import TokenServer
from tests.integration.registry.faulty import Faulty, faulty


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Return a registry that lets everybody in."""
    with docker_registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Return a registry that wants a password."""
    with docker_registry(tmp_path_factory.mktemp("guarded"), auth="htpasswd") as running:
        yield running


@pytest.fixture
def token_server(tmp_path: Path) -> Iterator[TokenServer]:
    """Return a token server; a test may change its rules before it is asked."""
    folder = tmp_path / "tokens"
    folder.mkdir()
    server = TokenServer(openssl=Path(find_program("openssl")), folder=folder, users={"ada": "secret"})
    with server.running():
        yield server


@pytest.fixture
def token_registry(token_server: TokenServer, tmp_path: Path) -> Iterator[Registry]:
    """Return a registry that wants tokens of the token server."""
    with docker_registry(tmp_path / "token-registry", auth=token_server) as running:
        yield running


@pytest.fixture
def server() -> Iterator[Faulty]:
    """Return a server that answers as the test tells it."""
    with faulty() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Faulty]:
    """Return another one, on another port: another origin."""
    with faulty() as running:
        yield running

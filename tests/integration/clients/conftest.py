"""A real server with a real model, and the clients of others in a virtual environment of their own."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from olbuild.testing.registry import docker_registry
from tests.command import OLBUILD
from tests.engines import mark_integration, require_engine
from tests.tools import CACHE, require_program

FOLDERS = tuple(CACHE / name for name in ("clients", "frameworks", "agents", "crew"))
JAVASCRIPT = CACHE / "javascript"
GO = CACHE / "golang" / "with_ollama_go"
PROGRAMS = Path(__file__).parent / "programs"
MODELFILES = Path(__file__).parent / "modelfiles"

Results = dict[str, Any]
Ask = Callable[[str], Results]


def installed(folder: Path, package: str) -> bool:
    """Whether a virtual environment is whole, and has a package."""
    return (folder / ".installed").exists() and any(folder.glob(f"lib/*/site-packages/{package}"))


__all__ = ["require_engine"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    mark_integration(__file__, items)


@pytest.fixture(scope="session")
def url(smollm2: Path, minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve SmolLM2 as ``smol`` and ``smol-tools``, and all-MiniLM as ``minilm``; return the address."""
    folder = tmp_path_factory.mktemp("serve")
    environment = {**os.environ, "OLBUILD_HOME": str(folder / "home")}
    environment = {name: value for name, value in environment.items() if not name.startswith("OLLAMA_")}
    for name, weights in (("smol", smollm2), ("smol-tools", smollm2), ("minilm", minilm)):
        place = folder / name
        place.mkdir()
        (place / "model.gguf").symlink_to(weights)
        shutil.copy(MODELFILES / name, place / "Modelfile")
        command = [str(OLBUILD), "build", "-t", name, str(place)]
        subprocess.run(command, env=environment, capture_output=True, check=True)
    command = [str(OLBUILD), "serve", "--port", "0", "--log-format", "json"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True) as server,
    ):
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address.startswith("http://"), (folder / "log").read_text()
        yield address
        server.terminate()
        server.wait(60)
    lines = [json.loads(line) for line in (folder / "log").read_text().splitlines()]
    assert not [line for line in lines if line["level"] in {"error", "critical"}]


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a registry for models that travel, and return its host."""
    require_program("docker-registry")
    with docker_registry(tmp_path_factory.mktemp("registry")) as started:
        yield started.host


@pytest.fixture(scope="session")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Put the programs beside the packages, where Node.js looks for what a program imports."""
    folder = tmp_path_factory.mktemp("javascript")
    (folder / "node_modules").symlink_to(JAVASCRIPT / "node_modules")
    for program in PROGRAMS.glob("*.mjs"):
        shutil.copy(program, folder)
    return folder


@pytest.fixture(scope="session")
def ask(url: str, javascript: Path, request: pytest.FixtureRequest) -> Ask:
    """Run one of the programs, once, and return what its checks found; skip if its client is missing."""
    kept: dict[str, Results] = {}

    def results(client: str) -> Results:
        if client not in kept:
            command = program(client, javascript)
            registry = {"REGISTRY": request.getfixturevalue("registry")} if client == "ollama" else {}
            finished = subprocess.run(
                [*command, url, "smol"],
                env={**os.environ, **registry},
                capture_output=True,
                text=True,
                timeout=600,
                check=False,
            )
            assert finished.returncode == 0, finished.stderr
            kept[client] = json.loads(finished.stdout.splitlines()[-1])
        return kept[client]

    return results


def program(client: str, javascript: Path) -> list[str | Path]:
    """Return the command that does the checks of a client, but for the address and the model."""
    if client == "ollama_go":
        if not GO.exists():
            pytest.skip("the Go package github.com/ollama/ollama/api is missing (make clients builds it)")
        return [GO]
    if (PROGRAMS / f"with_{client}.mjs").exists():
        node = require_program("node")
        if not (JAVASCRIPT / ".installed").exists():
            pytest.skip(f"the JavaScript packages for {client} are missing (make clients installs them)")
        return [node, javascript / "run.mjs", javascript / f"with_{client}.mjs"]
    python = next((folder for folder in FOLDERS if installed(folder, client)), None)
    if python is None:
        pytest.skip(f"the Python package {client} is missing (make clients installs it)")
    return [python / "bin" / "python", PROGRAMS / "run.py", PROGRAMS / f"with_{client}.py"]

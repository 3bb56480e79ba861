"""A real server with a real model, and the clients of others in a virtual environment of their own."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from olbuild.llama.find import find
from olbuild.llama.version import FIX
from olbuild.testing.registry import docker_registry
from tests.command import OLBUILD
from tests.tools import CACHE, require_program

FOLDERS = tuple(CACHE / name for name in ("clients", "frameworks", "agents"))
PROGRAMS = Path(__file__).parent / "programs"
MODELFILE = '''FROM ./model.gguf
TEMPLATE """{{- range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""
PARAMETER stop <|im_end|>
'''

Results = dict[str, Any]
Ask = Callable[[str], Results]


def installed(folder: Path, package: str) -> bool:
    """Whether a virtual environment is whole, and has a package."""
    return (folder / ".installed").exists() and any(folder.glob(f"lib/*/site-packages/{package}"))


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
def url(smollm2: Path, minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve SmolLM2 as ``smol`` and all-MiniLM as ``minilm`` by the command, and return the address."""
    folder = tmp_path_factory.mktemp("serve")
    (folder / "model.gguf").symlink_to(smollm2)
    (folder / "Modelfile").write_text(MODELFILE)
    environment = {**os.environ, "OLBUILD_HOME": str(folder / "home")}
    environment = {name: value for name, value in environment.items() if not name.startswith("OLLAMA_")}
    (folder / "embedder").mkdir()
    (folder / "embedder" / "Modelfile").write_text(f"FROM {minilm}\n")
    for name, place in (("smol", folder), ("minilm", folder / "embedder")):
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
def ask(url: str, registry: str) -> Ask:
    """Run one of the programs, once, and return what its checks found; skip if its client is missing."""
    kept: dict[str, Results] = {}

    def results(client: str) -> Results:
        if client not in kept:
            python = next((folder for folder in FOLDERS if installed(folder, client)), None)
            if python is None:
                pytest.skip(f"the Python package {client} is missing (make clients installs it)")
            command: list[str | Path] = [
                python / "bin" / "python",
                PROGRAMS / "run.py",
                PROGRAMS / f"with_{client}.py",
                url,
                "smol",
            ]
            environment = {**os.environ, "REGISTRY": registry}
            finished = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=600, check=False
            )
            assert finished.returncode == 0, finished.stderr
            kept[client] = json.loads(finished.stdout.splitlines()[-1])
        return kept[client]

    return results

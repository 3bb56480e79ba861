"""``olbuild serve`` as a person starts it, with a real model called ``smol``."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.command import OLBUILD
from tests.engines import mark_integration, require_engine

# What the recorded server had: the template and the stop texts that Ollama recognised.
MODELFILE = '''FROM ./model.gguf
TEMPLATE """{{- range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""
PARAMETER stop <|im_start|>
PARAMETER stop <|im_end|>
'''

__all__ = ["require_engine"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    mark_integration(__file__, items)


@dataclass(frozen=True)
class Server:
    """A server that runs, and where it says what it thinks."""

    url: str
    process: "subprocess.Popen[str]"
    log: Path
    environment: dict[str, str]

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.url.rpartition(":")[2])

    def memory(self) -> int:
        """Return the bytes that its own process has in memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) * 1024


@pytest.fixture(scope="session")
def home(smollm2: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home whose store has ``smol``."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "model.gguf").symlink_to(smollm2)
    (folder / "Modelfile").write_text(MODELFILE)
    home = folder / "home"
    subprocess.run(
        [str(OLBUILD), "build", "-t", "smol", "--home", str(home), str(folder)], check=True, capture_output=True
    )
    return home


@contextmanager
def serving(home: Path, *options: str, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[Server]:
    """Run ``olbuild serve`` on a free port while the context lasts; ``settings`` are variables."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OLLAMA_")}
    environment |= {"OLBUILD_HOME": str(home), "OLBUILD_OLLAMA_REGISTRY": "none", **settings}
    log = home / "serve.log"
    with (
        log.open("w") as file,
        subprocess.Popen(
            [str(OLBUILD), "serve", "--port", "0", *options],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert url.startswith("http://"), log.read_text()
            yield Server(url, process, log, environment)
        finally:
            for _ in range(2):
                process.send_signal(signal.SIGTERM)
            process.wait(60)


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    """Serve for all tests of a file."""
    with serving(home) as running:
        yield running

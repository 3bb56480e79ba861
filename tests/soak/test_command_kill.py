"""`kill -9` of build, push and pull at random instants: the store verifies, and the same command succeeds then.

A short dose runs with the other tests; ``make soak`` runs 100 rounds of each command on a model of 300 MB.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from olbuild.storage.store import Store
from olbuild.testing.models import write_large_model
from olbuild.testing.registry import docker_registry
from tests.command import OLBUILD, olbuild
from tests.tools import require_program

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "100"))

doses = pytest.mark.parametrize(
    ("rounds", "size"), [(3, 30_000_000), pytest.param(ROUNDS, 300_000_000, marks=pytest.mark.soak)]
)


@dataclass
class Bench:
    """A model, a registry, and a home that is killed in."""

    folder: Path
    host: str

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def name(self) -> str:
        return f"{self.host}/me/model:1.0"

    def command(self, *arguments: str) -> list[str]:
        return [str(OLBUILD), *arguments, "--home", str(self.home), "--progress", "none"]

    def check(self, where: str) -> None:
        assert Store.open(self.home).verify() == (), where


@pytest.fixture
def bench(tmp_path: Path, size: int) -> Iterator[Bench]:
    require_program("docker-registry")
    (tmp_path / "model").mkdir()
    write_large_model(tmp_path / "model" / "model.gguf", size)
    (tmp_path / "model" / "Modelfile").write_text("FROM ./model.gguf\nSYSTEM Be brief.\n")
    with docker_registry(tmp_path / "registry") as registry:
        yield Bench(tmp_path, registry.host)


@pytest.mark.integration
@doses
@pytest.mark.parametrize("verb", ["build", "push", "pull"])
def test_kill_9(bench: Bench, verb: str, rounds: int) -> None:
    build = bench.command("build", "-t", bench.name, str(bench.folder / "model"))
    commands = {"build": build, "push": bench.command("push", bench.name), "pull": bench.command("pull", bench.name)}
    subprocess.run(build, check=True, capture_output=True)
    if verb == "pull":
        subprocess.run(commands["push"], check=True, capture_output=True)
    seed = random.SystemRandom().randrange(1 << 32)
    choose = random.Random(seed)  # noqa: S311 - what is drawn is no secret
    killed = 0
    undisturbed = duration(commands[verb], bench, verb)
    for number in range(rounds):
        where = f"{verb}: round {number} of seed {seed}"
        prepare(bench, verb)
        killed += kill_at(commands[verb], choose.uniform(0, undisturbed))
        bench.check(where)
        again = subprocess.run(commands[verb], capture_output=True, check=False)
        assert again.returncode == 0, f"{where}\n{again.stderr.decode()}"
        bench.check(where)
    print(f"{verb}: killed {killed} of {rounds} times within {undisturbed:.2f} s, seed {seed}")
    assert killed > 0
    subprocess.run(bench.command("prune"), check=True, capture_output=True)
    assert not list((bench.home / "state").glob("ingest/*"))
    fresh = {"OLBUILD_HOME": str(bench.folder / "fresh")}
    if verb != "build":
        olbuild("pull", bench.name, environment=fresh)
        olbuild("store", "verify", environment=fresh)


def prepare(bench: Bench, verb: str) -> None:
    """Undo what the command does, so that it has to do it again."""
    if verb == "push":
        for folder in (bench.folder / "registry").rglob("repositories"):
            shutil.rmtree(folder)
        for folder in (bench.folder / "registry").rglob("blobs"):
            shutil.rmtree(folder)
    elif Store.open(bench.home).names():
        subprocess.run(bench.command("rm", bench.name), check=True, capture_output=True)


def duration(command: list[str], bench: Bench, verb: str) -> float:
    prepare(bench, verb)
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - started


def kill_at(command: list[str], seconds: float) -> bool:
    """Start a command and kill it after some seconds; return whether it was still running."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return running

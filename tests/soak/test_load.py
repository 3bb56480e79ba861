"""Several people at one store and one registry: every command does its work or says why not, and nothing is damaged."""

import os
import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from olbuild.storage.store import Store
from olbuild.testing.models import model_bytes
from olbuild.testing.registry import docker_registry
from tests.command import OLBUILD
from tests.tools import require_program

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
PEOPLE = 4
_DONE, _NOT_FOUND = 0, 4  # somebody else may just have removed what this one asks for


@pytest.mark.integration
@pytest.mark.parametrize("seconds", [6, pytest.param(60 * MINUTES / 2, marks=pytest.mark.soak)])
def test_many_commands_at_once(seconds: float, tmp_path: Path) -> None:
    require_program("docker-registry")
    home = tmp_path / "home"
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "m.gguf").write_bytes(model_bytes(seed=number))
        (folder / "Modelfile").write_text(f"FROM ./m.gguf\nSYSTEM {number}\n")
    with docker_registry(tmp_path / "registry") as registry, ThreadPoolExecutor(PEOPLE) as people:
        end = time.monotonic() + seconds
        counts = list(people.map(lambda _: person(tmp_path, registry.host, home, end), range(PEOPLE)))
    print(f"{sum(counts)} commands of {PEOPLE} people")
    store = Store.open(home)
    assert store.verify() == ()
    store.prune()
    assert not list((home / "state" / "leases").iterdir())
    assert all(count > 0 for count in counts)


def person(folder: Path, host: str, home: Path, end: float) -> int:
    """Give random commands until the time is over; return how many."""
    choose, count = random.SystemRandom(), 0
    while time.monotonic() < end:
        name = f"{host}/me/model-{choose.randrange(3)}:1.0"
        command = choose.choice(
            [
                ["build", "-t", name, str(folder / name[-5])],
                ["push", name],
                ["pull", name],
                ["rm", name],
                ["tag", name, f"me/other-{choose.randrange(3)}"],
                ["prune"],
                ["ls"],
                ["inspect", name],
            ]
        )
        finished = subprocess.run(
            [str(OLBUILD), *command, "--home", str(home)], capture_output=True, text=True, check=False
        )
        assert finished.returncode in {_DONE, _NOT_FOUND}, f"{command}\n{finished.stderr}"
        count += 1
    return count

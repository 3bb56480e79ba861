"""Fuzzing: the laws of tests/property with fresh examples, and four targets that coverage guides.

The short dose of the laws is tests/property itself; each target has one of some seconds here.
"""

import os
import random
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.tools import ROOT

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
TARGETS = ("modelfile", "formatter", "go-template", "jinja")
_LEAST = 2  # seconds: what is left is not worth a start


@pytest.mark.soak
def test_the_laws_hold_for_other_examples() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "CI"}  # which repeats the same ones
    end, rounds = time.monotonic() + 60 * MINUTES / 2, 0
    while time.monotonic() < end:
        seed = random.SystemRandom().randrange(1 << 32)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "tests/property", f"--hypothesis-seed={seed}"]
        finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert finished.returncode == 0, f"seed {seed}\n{finished.stdout}"
        rounds += 1
    print(f"{rounds} rounds of all laws")
    assert rounds


@pytest.mark.parametrize("seconds", [5, pytest.param(60 * MINUTES / 3, marks=pytest.mark.soak)])
@pytest.mark.parametrize("target", TARGETS)
def test_no_input_breaks_a_law_or_takes_a_second(target: str, seconds: float, tmp_path: Path) -> None:
    if find_spec("atheris") is None:
        pytest.skip("atheris is missing; it has wheels for Linux on x86_64 only")
    end, tried = time.monotonic() + seconds, 0
    while (left := end - time.monotonic()) > _LEAST:
        command = [sys.executable, "-m", "tests.soak.fuzz", target, str(tmp_path), str(round(left))]
        finished = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        said = finished.stderr.decode(errors="replace")
        found = sorted(tmp_path.glob("crash-*"))
        assert found or finished.returncode == 0, said[-4000:]
        for path in found:
            refute(target, path)
        tried += executions(said)
    print(f"{target}: {tried} inputs")
    assert tried


def refute(target: str, path: Path) -> None:
    """Try an input by itself, where nothing is instrumented: only what breaks a law or is slow there counts."""
    command = [sys.executable, "-m", "tests.soak.targets", target, str(path)]
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert again.returncode == 0, f"{path.read_bytes()!r}\n{again.stderr}"
    path.unlink()


def executions(said: str) -> int:
    """Return how many inputs libFuzzer says that it tried."""
    counts = [
        line.rpartition(" ")[2] for line in said.splitlines() if line.startswith("stat::number_of_executed_units")
    ]
    return sum(map(int, counts))

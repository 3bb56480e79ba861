"""The laws of tests/property with fresh examples, again and again, for as long as the soak lasts.

Their short dose is tests/property itself.
"""

import os
import random
import subprocess
import sys
import time

import pytest

from tests.tools import ROOT

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))


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

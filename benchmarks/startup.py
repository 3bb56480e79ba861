"""Start-up: what a call costs before it does anything, beside the bare interpreter and beside peers."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import table

ROUNDS = 21
OLBUILD = Path(sys.executable).with_name("olbuild")
PEERS = {"skopeo": "--version", "ollama": "--version", "oras": "version", "crane": "version"}


def main() -> None:
    """Print medians and ratios. The commands take turns, so that a busy moment strikes all of them."""
    interpreter = "python -c pass"
    commands: dict[str, list[str]] = {
        interpreter: [sys.executable, "-c", "pass"],
        "olbuild version": [str(OLBUILD), "version"],
        "olbuild --help": [str(OLBUILD), "--help"],
        "olbuild ls": [str(OLBUILD), "ls"],
        "olbuild config": [str(OLBUILD), "config"],
    }
    missing: dict[str, float | str] = {}
    for name, argument in PEERS.items():
        found = shutil.which(name)
        if found is None:
            missing[f"{name} {argument}"] = "missing"
        else:
            commands[f"{name} {argument}"] = [found, argument]
    with tempfile.TemporaryDirectory() as home:
        medians = _medians(commands, {**os.environ, "OLBUILD_HOME": home})
    peers: dict[str, float | str] = {
        name: seconds for name, seconds in medians.items() if not name.startswith(("olbuild", "python"))
    }
    goals = {"olbuild version": " (goal: ratio 1.5)", "olbuild --help": " (goal: ratio 6)"}
    for name in commands:
        if name.startswith("olbuild"):
            title = f"{name}, seconds, median of {ROUNDS}{goals.get(name, '')}"
            table(title, (name, medians[name]), {interpreter: medians[interpreter], **peers, **missing})


def _medians(commands: dict[str, list[str]], environment: dict[str, str]) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            taken[name].append(time.perf_counter() - started)
    return {name: sorted(seconds)[ROUNDS // 2] for name, seconds in taken.items()}


if __name__ == "__main__":
    main()

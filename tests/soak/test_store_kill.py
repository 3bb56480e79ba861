"""`kill -9` at random instants: the store is whole each time, and repeating the work succeeds."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from olbuild.storage.store import Layout, Store
from olbuild.storage.store.checking import check
from tests.soak import store_worker
from tests.tools import ROOT

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "100"))


@pytest.mark.parametrize("rounds", [6, pytest.param(ROUNDS, marks=pytest.mark.soak)])
def test_the_store_survives_kill_9(rounds: int, tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"file-{number}").write_bytes(bytes([number]) * store_worker.BIG)
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    choose = random.Random(seed)  # noqa: S311 - what is drawn is no secret
    store, layout = Store.open(tmp_path / "home"), Layout(tmp_path / "layout")
    layout.create()
    for number in range(rounds):
        kill_in_the_middle(tmp_path, choose)
        assert store.verify() == (), f"round {number} of seed {seed}"
        assert check(layout, lambda _amount: None) == swept(layout), f"round {number} of seed {seed}"
        for _ in range(3):
            store_worker.step(tmp_path, choose)
        assert store.verify() == (), f"round {number} of seed {seed}"
    store.prune()
    needed = {entry.digest for root in store.names().values() for entry in store.graph(root)}
    assert set(store.layout.blobs) == needed
    assert not list(store.home.ingest.iterdir())
    assert not list(store.home.leases.iterdir())


def kill_in_the_middle(folder: Path, choose: random.Random) -> None:
    """Start two workers on one store, and kill them while they work."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.soak.store_worker", str(folder), str(choose.randrange(1 << 32))],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == b"ready\n"
        for worker in workers:
            time.sleep(choose.random() ** 2)
            assert worker.poll() is None, worker.communicate()[1].decode()
            worker.kill()
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def swept(layout: Layout) -> tuple[object, ...]:
    """Return the one problem that a killed push to a layout may leave: its hidden folder, until the next push."""
    left = layout.path / ".olbuild-ingest"
    return tuple(problem for problem in check(layout, lambda _amount: None) if problem.subject == str(left))

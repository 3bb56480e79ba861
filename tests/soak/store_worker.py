"""Uses a store at random, until it is killed: imports, pushes, names, removes, collects."""

import random
import sys
from pathlib import Path

from olbuild.core.content import Graph
from olbuild.core.errors import NotFoundError
from olbuild.storage.copy import copy
from olbuild.storage.store import Layout, Store
from olbuild.testing.targets import in_memory, sample_graph

BIG = 9 << 20


def step(folder: Path, choose: random.Random) -> None:
    """Do one thing; whatever happened before, it must succeed."""
    store, layout = Store.open(folder / "home"), Layout(folder / "layout")
    number = choose.randrange(4)
    graph = artifact(number)
    match choose.randrange(7):
        case 0 | 1:
            with store.lease("kill") as lease:
                copy(in_memory(graph), store, graph.root, name=f"name-{number}", prepare=store.preparation(lease))
        case 2:
            with store.lease("kill") as lease:
                store.import_file(folder / f"file-{number}", link=choose.random() < 1 / 2, lease=lease)
        case 3:
            copy(in_memory(graph), layout, graph.root, name=f"name-{number}")
        case 4:
            store.prune()
        case _:
            forget(store, f"name-{number}", whole=choose.random() < 1 / 2)


def artifact(number: int) -> Graph:
    """Return one of a few artifacts, which share a layer."""
    return sample_graph("same", (bytes([number]) * BIG, b"shared"))


def forget(store: Store, name: str, *, whole: bool) -> None:
    """Take a name away, if it is there."""
    try:
        if whole:
            store.remove(name)
        else:
            store.untag(name)
    except NotFoundError:
        return


if __name__ == "__main__":
    print("ready", flush=True)
    chosen = random.Random(int(sys.argv[2]))  # noqa: S311 - what is drawn is no secret
    while True:
        step(Path(sys.argv[1]), chosen)

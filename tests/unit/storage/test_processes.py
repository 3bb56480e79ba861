"""Many processes use one store at once: no update is lost, work is shared, and nothing that is needed is collected."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from olbuild.core.content import BytesContent, Content, Reader
from olbuild.storage.store import Layout, Store
from tests.tools import ROOT
from tests.unit.storage.artifacts import node

HEAD = """
import os, sys
from pathlib import Path
from olbuild.core.errors import NotFoundError
from olbuild.storage.copy import copy
from olbuild.storage.store import Layout, Store
from olbuild.testing.targets import in_memory, sample_graph
from tests.unit.storage.artifacts import put
folder, number = Path(sys.argv[1]), int(sys.argv[2])
sys.stdin.readline()
"""

TAG_STORE = "target = Store.open(folder)\nfor k in range(10): put(target, 'same', f'name-{number}-{k}')"
TAG_LAYOUT = "target = Layout(folder)\nfor k in range(10): put(target, f'{number}', f'name-{number}-{k}')"
IMPORT = "print(Store.open(folder / 'home').import_file(folder / 'file').how)"

# Every build makes a file, a graph around it, and a name; in between it waits for a collection to do its worst.
BUILD = """
store = Store.open(folder / "home")
for k in range(15):
    with store.lease("build") as lease:
        file = folder / f"file-{number}-{k % 3}"
        file.write_bytes(os.urandom(100_000) if k < 3 else bytes([number, k % 3]) * 50_000)
        imported = store.import_file(file, lease=lease)
        graph = sample_graph(f"{k % 4}", (file.read_bytes(),))
        assert imported.digest == graph.nodes[1].descriptor.digest or k % 4 >= 0
        copy(in_memory(graph), store, graph.root, name=f"built-{number}", prepare=store.preparation(lease))
        assert store.complete(graph.root)
"""
COLLECT = """
store = Store.open(folder / "home")
for k in range(60):
    store.prune()
    try:
        store.remove(f"built-{k % 4}")
    except NotFoundError:
        pass
"""


def run(folder: Path, *codes: str) -> list[str]:
    """Start a process for each code, let them begin together, and return what they print."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", HEAD + code, str(folder), str(number)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number, code in enumerate(codes)
    ]
    time.sleep(0.3)  # each is at its starting line, or soon
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [errors for _, errors in outputs if errors] == []
    return [output for output, _ in outputs]


def test_no_name_is_lost_in_the_store(tmp_path: Path) -> None:
    run(tmp_path, *[TAG_STORE] * 6)
    store = Store.open(tmp_path)
    assert set(store.names()) == {f"name-{number}-{k}" for number in range(6) for k in range(10)}
    assert store.verify() == ()


def test_no_name_is_lost_in_a_layout(tmp_path: Path) -> None:
    run(tmp_path / "layout", *[TAG_LAYOUT] * 4)
    layout = Layout(tmp_path / "layout")
    assert set(layout.names()) == {f"name-{number}-{k}" for number in range(4) for k in range(10)}
    assert sorted(path.name for path in layout.path.iterdir()) == ["blobs", "index.json", "oci-layout"]


def test_imports_of_one_file_share_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(os.urandom(64 << 20))
    assert sorted(run(tmp_path, *[IMPORT] * 3))[:2] == ["cached\n"] * 2
    assert Store.open(tmp_path / "home").verify() == ()


def test_collection_never_takes_what_a_build_needs(tmp_path: Path) -> None:
    run(tmp_path, BUILD, BUILD, BUILD, COLLECT)
    store = Store.open(tmp_path / "home")
    assert store.verify() == ()
    store.prune()
    needed = {entry.digest for root in store.names().values() for entry in store.graph(root)}
    assert set(store.layout.blobs) == needed
    assert not list(store.home.leases.iterdir())


class Slow:
    """Content that takes a moment, and counts how often it is read."""

    def __init__(self, data: bytes) -> None:
        self._content = BytesContent(data)
        self.size = len(data)
        self.opened = 0

    def open(self, offset: int = 0, size: int | None = None) -> Reader:
        self.opened += 1
        time.sleep(0.2)
        return self._content.open(offset, size)

    def read_at(self, offset: int, size: int) -> bytes:
        return self._content.read_at(offset, size)


def test_pushes_of_one_blob_share_the_work(store: Store) -> None:
    content, progress = Slow(b"weights" * 1000), list[int]()
    descriptor = node(b"weights" * 1000).descriptor
    threads = [threading.Thread(target=push, args=(store, descriptor, content, progress)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert content.opened == 1
    assert sum(progress) == 4 * descriptor.size


def push(store: Store, descriptor: object, content: Content, progress: list[int]) -> None:
    store.push(descriptor, content, progress.append)  # type: ignore[arg-type]


def test_the_lease_of_a_dead_process_is_void(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    dead = """
store = Store.open(folder)
with store.lease("dies") as lease:
    graph = sample_graph("leased")
    copy(in_memory(graph), store, graph.root, prepare=store.preparation(lease))
    assert store.prune().blobs == 0
    sys.stdout.flush()
    os._exit(0)
"""
    run(tmp_path, dead)
    assert len(list(store.home.leases.iterdir())) == 1
    assert store.prune().blobs == 4
    assert not list(store.home.leases.iterdir())


@pytest.mark.parametrize("key", ["import-1-2-3-4", "a" * 64])
def test_what_a_dead_process_left_half_written_is_swept(key: str, store: Store) -> None:
    (store.home.ingest / key).write_bytes(b"half")
    store.prune()
    assert not list(store.home.ingest.iterdir())

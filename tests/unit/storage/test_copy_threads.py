"""Copying in threads: how many at once, what stops them, and what is tried again."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from olbuild.core.content import Content, Descriptor
from olbuild.core.errors import IntegrityError, RegistryError
from olbuild.core.events import Advanced, Event, Said
from olbuild.storage import together
from olbuild.storage.copy import copy
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.parts import Stopped, sleep
from olbuild.storage.ports import Progress, no_progress
from olbuild.testing.targets import in_memory, sample_graph
from tests.tools import ROOT
from tests.unit.storage.parts.sources import Remote


class Watched(MemoryTarget):
    """Calls ``during`` while it stores something, and counts how many threads do so at once."""

    def __init__(self, during: Callable[[Descriptor], None]) -> None:
        super().__init__()
        self.during = during
        self.running = 0
        self.highest = 0
        self.lock = threading.Lock()

    def push(self, descriptor: Descriptor, content: Content, progress: Progress = no_progress) -> None:
        with self.lock:
            self.running += 1
            self.highest = max(self.highest, self.running)
        try:
            self.during(descriptor)
            super().push(descriptor, content, progress)
        finally:
            with self.lock:
                self.running -= 1


LAYERS = tuple(bytes([number]) * (number + 1) for number in range(40))


def test_small_blobs_move_at_once() -> None:
    graph, target = sample_graph("seed", LAYERS), Watched(lambda _node: time.sleep(0.01))
    copy(in_memory(graph), target, graph.root, name="one")
    assert target.highest == 8
    assert target.resolve("one") == graph.root


def test_only_a_few_large_ones_move_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "_LARGE", 1)
    graph, target = sample_graph("seed", LAYERS), Watched(lambda _node: time.sleep(0.002))
    copy(in_memory(graph), target, graph.root)
    assert target.highest == 3
    assert all(target.exists(entry.descriptor) for entry in graph)


def test_an_archive_is_written_by_one_thread() -> None:
    class Archive(Watched):
        in_order = True

    graph, order = sample_graph("seed", LAYERS), list[Descriptor]()
    target = Archive(order.append)
    copy(in_memory(graph), target, graph.root)
    assert target.highest == 1
    assert order == [entry.descriptor for entry in graph]


def test_the_first_error_stops_the_others_at_once() -> None:
    graph, stopped = sample_graph("seed", LAYERS), list[Descriptor]()
    failing = graph.nodes[5].descriptor

    def during(node: Descriptor) -> None:
        if node == failing:
            time.sleep(0.05)
            raise RegistryError("it failed")
        if node.size > 20:
            try:
                sleep(60)
            except Stopped:
                stopped.append(node)
                raise

    target, began, threads = Watched(during), time.monotonic(), threading.active_count()
    with pytest.raises(RegistryError, match="it failed"):
        copy(in_memory(graph), target, graph.root, name="one")
    assert time.monotonic() - began < 30
    assert threading.active_count() == threads
    assert not target.exists(graph.root)


@pytest.mark.parametrize("error", [IntegrityError, RegistryError])
def test_wrong_bytes_from_afar_are_fetched_once_more(error: type[Exception]) -> None:
    graph, data, events = sample_graph("seed", (b"weights",)), b"seedweights", list[Event]()
    source, failures = in_memory(graph), [1]

    def during(node: Descriptor) -> None:
        if node.size == len(data) and failures:
            failures.pop()
            raise error("wrong bytes")

    class Afar(MemoryTarget):
        def fetch(self, descriptor: Descriptor) -> Content:
            content = source.fetch(descriptor)
            return Remote(content.read_at(0, content.size)) if descriptor.size == len(data) else content

    target = Watched(during)
    if error is RegistryError:  # the registry's room has tried that again as often as is good
        with pytest.raises(RegistryError):
            copy(Afar(), target, graph.root, emit=events.append)
        return
    copy(Afar(), target, graph.root, emit=events.append)
    assert target.exists(graph.root)
    assert [event.text for event in events if isinstance(event, Said)] == ["wrong bytes; it is fetched once more"]
    assert sum(event.amount for event in events if isinstance(event, Advanced)) == sum(
        node.descriptor.size for node in graph
    )


def test_wrong_bytes_from_here_are_not_read_again() -> None:
    graph, source, asked = sample_graph("seed"), MemoryTarget(), list[Descriptor]()
    for entry in graph:
        source.push(entry.descriptor, entry.content)
    wrong = graph.nodes[1].descriptor
    source._blobs[wrong.digest] = b"x" * wrong.size
    target = Watched(asked.append)
    with pytest.raises(IntegrityError, match="copy from memory"):
        copy(source, target, graph.root)
    assert asked.count(wrong) == 1


INTERRUPTED = """
import sys, time
from olbuild.storage.copy import copy
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.parts import sleep
from olbuild.testing.targets import in_memory, sample_graph

class Slow(MemoryTarget):
    def push(self, descriptor, content, progress=None):
        print("pushing", flush=True)
        sleep(60)

graph = sample_graph("seed", tuple(bytes([n]) * 9 for n in range(20)))
try:
    copy(in_memory(graph), Slow(), graph.root)
except KeyboardInterrupt:
    import threading
    print("threads", threading.active_count(), flush=True)
"""


def test_an_interruption_ends_all_threads(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "pushing\n"
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert output.splitlines()[-1] == "threads 1"

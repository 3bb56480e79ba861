"""`kill -9` of commands at random instants: the store verifies each time, and the same command succeeds then.

Every other round two processes do the same work on one store. In the rounds of one process a proxy counts what passes
twice, in what was killed and in what went on. A short dose runs with the other tests; ``make soak`` runs 100 rounds of
each command on a model of 300 MB.
"""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from olbuild.storage.store import Store
from olbuild.testing.faults import Proxy
from olbuild.testing.faults.measures import fetched_again, sent_again
from olbuild.testing.models import write_large_model
from olbuild.testing.registries import Kind, start_registry
from tests.command import OLBUILD
from tests.tools import require_program

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "100"))
LASTS = 1.0  # seconds that the bytes of a transfer take at least, so that a kill strikes in the middle of it

doses = pytest.mark.parametrize(
    ("rounds", "size"), [(2, 30_000_000), pytest.param(ROUNDS, 300_000_000, marks=pytest.mark.soak)]
)


@dataclass
class Bench:
    """A model, a home that is killed in, and a proxy before whatever registry is asked at the moment."""

    folder: Path
    size: int
    kind: Kind
    proxy: Proxy
    stack: ExitStack = field(default_factory=ExitStack)
    number: int = 0

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def name(self) -> str:
        return f"{self.proxy.host}/me/model:1.0"

    @property
    def archive(self) -> Path:
        return self.folder / "model.tar"

    def command(self, *arguments: str | Path) -> list[str]:
        return [str(OLBUILD), *map(str, arguments), "--home", str(self.home), "--progress", "none"]

    def run(self, *arguments: str | Path) -> None:
        finished = subprocess.run(self.command(*arguments), capture_output=True, check=False)
        assert finished.returncode == 0, finished.stderr.decode()

    def empty_registry(self) -> None:
        """Let the proxy stand before a registry that has nothing."""
        self.stack.close()
        self.number += 1
        registry = self.stack.enter_context(start_registry(self.kind, self.folder / f"registry-{self.number}"))
        self.proxy.upstream = registry.host

    def empty_store(self) -> None:
        store = Store.open(self.home)
        for name in list(store.names()):
            store.remove(name)
        store.prune()


@dataclass(frozen=True)
class Verb:
    """A command: what undoes it, its arguments, and how many bytes of it passed twice."""

    prepare: Callable[[Bench], None]
    arguments: Callable[[Bench], Sequence[str | Path]]
    again: Callable[[Bench], int] = lambda _bench: 0
    most: Callable[[Bench], int] = lambda bench: bench.size


VERBS = {
    "build": Verb(Bench.empty_store, lambda bench: ("build", "-t", bench.name, bench.folder / "model")),
    "push": Verb(
        Bench.empty_registry,
        lambda bench: ("push", bench.name),
        lambda bench: sent_again(bench.proxy.exchanges, bench.size),
    ),
    "pull": Verb(
        Bench.empty_store, lambda bench: ("pull", bench.name), lambda bench: fetched_again(bench.proxy.exchanges)
    ),
    "copy": Verb(
        Bench.empty_registry,
        lambda bench: ("copy", f"oci:{bench.folder / 'layout'}", bench.name),
        lambda bench: sent_again(bench.proxy.exchanges, bench.size),
    ),
    "load": Verb(Bench.empty_store, lambda bench: ("load", bench.archive)),
}


@pytest.fixture
def bench(tmp_path: Path, size: int, kind: Kind) -> Iterator[Bench]:
    if kind == "docker-registry":
        require_program(kind)
    (tmp_path / "model").mkdir()
    write_large_model(tmp_path / "model" / "model.gguf", size)
    (tmp_path / "model" / "Modelfile").write_text("FROM ./model.gguf\nSYSTEM Be brief.\n")
    with Proxy(upstream="", rate=size / LASTS).running() as proxy, ExitStack() as stack:
        made = Bench(tmp_path, size, kind, proxy, stack)
        made.empty_registry()
        made.run("build", "-t", made.name, tmp_path / "model")
        made.run("push", made.name)
        made.run("push", made.name, f"oci:{tmp_path / 'layout'}")
        made.run("save", "-o", made.archive, made.name)
        yield made


@pytest.mark.integration
@doses
@pytest.mark.parametrize(
    ("verb", "kind"),
    [(verb, "docker-registry") for verb in VERBS] + [("push", "olbuild"), ("copy", "olbuild")],
)
def test_kill_9(bench: Bench, verb: str, rounds: int) -> None:
    work = VERBS[verb]
    seed = random.SystemRandom().randrange(1 << 32)
    choose = random.Random(seed)  # noqa: S311 - what is drawn is no secret
    killed, again = 0, [0]
    work.prepare(bench)
    began = time.monotonic()
    bench.run(*work.arguments(bench))
    undisturbed = time.monotonic() - began
    for number in count():
        if number >= rounds and killed:  # on a busy machine the first run may have been much longer than the others
            break
        where = f"{verb}: round {number} of seed {seed}"
        work.prepare(bench)
        bench.proxy.strike([])
        alone = number % 2 == 0
        command = bench.command(*work.arguments(bench))
        killed += kill(command, [choose.uniform(0, undisturbed) for _ in range(1 if alone else 2)])
        assert Store.open(bench.home).verify() == (), where
        bench.run(*work.arguments(bench))
        assert Store.open(bench.home).verify() == (), where
        if alone:
            again.append(work.again(bench))
            assert again[-1] <= work.most(bench), where
    print(
        f"{verb}, {bench.kind}: killed {killed} times in {number} rounds within {undisturbed:.2f} s; at most"
        f" {max(again) / 1e6:.1f} MB passed again, in the mean {sum(again) / len(again) / 1e6:.1f} MB; seed {seed}"
    )
    check_the_end(bench, verb)


def check_the_end(bench: Bench, verb: str) -> None:
    """What arrived is whole, elsewhere as well, and nothing is left of what was killed."""
    bench.run("prune")
    assert not list((bench.home / "state").glob("ingest/*"))
    if verb in {"push", "copy"}:
        bench.empty_store()
        bench.run("pull", bench.name)
    assert Store.open(bench.home).verify() == ()
    assert bench.name in Store.open(bench.home).names()


def kill(command: Sequence[str], instants: Sequence[float]) -> int:
    """Start a command once for each instant, kill each then, and return how many were still running."""
    began = time.monotonic()
    quiet = subprocess.DEVNULL
    started = [subprocess.Popen(command, stdout=quiet, stderr=quiet) for _ in instants]
    running = 0
    for process, instant in sorted(zip(started, instants, strict=True), key=lambda pair: pair[1]):
        time.sleep(max(0.0, began + instant - time.monotonic()))
        running += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    return running

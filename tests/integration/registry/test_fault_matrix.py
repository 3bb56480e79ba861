"""Push and pull through a network that fails, in this process, with a small artifact and little patience.

One registry meets every fault; the others meet those that `benchmarks.faults` compares, and every one in `make soak`.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from benchmarks.artifacts import Artifact, visible_in_folder, visible_in_registry
from olbuild.core.content import Descriptor
from olbuild.core.errors import OlbuildError
from olbuild.core.records import replace
from olbuild.storage.copy import copy
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.registry import Patience
from olbuild.storage.registry.retry import Policy
from olbuild.storage.store import Store
from olbuild.testing.faults import Proxy
from olbuild.testing.faults.cases import Case, Verb, cases
from olbuild.testing.faults.judge import Outcome, Visible, judge
from olbuild.testing.registries import CREDULOUS, KINDS, Kind, start_registry
from olbuild.testing.registry import Registry
from tests.integration.registry.samples import artifact, target

pytestmark = pytest.mark.integration

LAYER = os.urandom(9_000_000)
PATIENCE = Patience(connect=2, idle=1, policy=Policy(first_delay=0.01, factor=1.5))


def chosen(verb: Verb) -> list[ParameterSet]:
    """Return registries and cases."""
    soak = pytest.mark.soak
    return [
        pytest.param(kind, case.name, marks=() if kind == KINDS[0] or case.compared else soak, id=f"{kind}-{case.name}")
        for kind in KINDS
        for case in cases(len(LAYER), "")
        if case.verb == verb and not (case.trusting and kind in CREDULOUS)
    ]


@dataclass
class Bench:
    """A sort of registry: one that is stocked, where to start empty ones, and another host that redirects lead to."""

    kind: Kind
    folder: Path
    stocked: Registry
    elsewhere: Proxy
    source: MemoryTarget
    root: Descriptor

    @property
    def artifact(self) -> Artifact:
        sizes = {str(digest): len(data) for digest, data in self.source._blobs.items() if digest != self.root.digest}
        return Artifact(layout=self.folder, root=str(self.root.digest), blobs=sizes)

    def case(self, verb: str, name: str) -> Case:
        every = cases(len(LAYER), self.elsewhere.host)
        (case,) = (each for each in every if (each.verb, each.name) == (verb, name))
        self.elsewhere.strike(case.elsewhere)
        # Blobs move side by side: where all uploads fail, a large one is repeated before a small one gives up.
        return case if case.right == "ends" else replace(case, again=min(case.again, len(LAYER)))


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Kind], Bench]]:
    """Return a maker of benches; there is one for each sort of registry."""
    with ExitStack() as stack:

        @cache
        def make(kind: Kind) -> Bench:
            folder = tmp_path_factory.mktemp("matrix")
            source, root = artifact(LAYER, b"small")
            stocked = stack.enter_context(start_registry(kind, folder / "stocked"))
            copy(source, target(stocked.host), root, name="1.0")
            elsewhere = stack.enter_context(Proxy(upstream=stocked.host).running())
            return Bench(kind, folder, stocked, elsewhere, source, root)

        yield make


@pytest.mark.parametrize(("kind", "name"), chosen("pull"))
def test_pull(start: Callable[[Kind], Bench], kind: Kind, name: str, tmp_path: Path) -> None:
    bench = start(kind)
    case = bench.case("pull", name)
    store = Store.open(tmp_path)
    with Proxy(upstream=bench.stocked.host).running(*case.faults) as proxy:

        def pull() -> None:
            there = target(proxy.host, patience=PATIENCE)
            with store.lease("pull") as lease:
                copy(there, store, there.resolve("1.0"), name="me/model:1.0", prepare=store.preparation(lease))

        began = time.monotonic()
        error = failure(pull)
        seconds = time.monotonic() - began
    visible = visible_in_folder(tmp_path, "store/blobs/sha256", bench.artifact)
    assert_right(bench, case, error, seconds, visible, proxy)
    assert store.verify() == ()


@pytest.mark.parametrize(("kind", "name"), chosen("push"))
def test_push(start: Callable[[Kind], Bench], kind: Kind, name: str, tmp_path: Path) -> None:
    bench = start(kind)
    case = bench.case("push", name)
    with (
        start_registry(bench.kind, tmp_path / "empty") as empty,
        Proxy(upstream=empty.host).running(*case.faults) as proxy,
    ):
        began = time.monotonic()
        error = failure(lambda: copy(bench.source, target(proxy.host, patience=PATIENCE), bench.root, name="1.0"))
        seconds = time.monotonic() - began
        visible = visible_in_registry(empty.host, bench.artifact)
    assert_right(bench, case, error, seconds, visible, proxy)


def failure(work: object) -> OlbuildError | None:
    """Do something, and return how it failed."""
    try:
        work()  # type: ignore[operator]
    except OlbuildError as error:
        return error
    return None


def assert_right(
    bench: Bench, case: Case, error: OlbuildError | None, seconds: float, visible: Visible, proxy: Proxy
) -> None:
    outcome = Outcome(succeeded=error is None, seconds=seconds, visible=visible)
    verdict = judge(case, outcome, proxy.exchanges, bench.elsewhere.exchanges, bench.artifact.size)
    assert error is None or error.hint, f"{error} does not say what to do"
    assert verdict.wrong == (), f"{error}\n" + "\n".join(map(str, proxy.exchanges))

"""Pulls of big blobs from a real registry through a proxy that strikes: in parts, killed, and gone on with."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.core.content import Descriptor
from olbuild.core.errors import RegistryError
from olbuild.core.names import MediaType
from olbuild.storage.copy import copy
from olbuild.storage.registry import Patience, slowness
from olbuild.storage.registry.retry import Policy
from olbuild.storage.store import Store
from olbuild.testing.faults import Fault, Proxy
from olbuild.testing.faults.data import Answer, Break, Drip, IgnoreRange, Redirect
from olbuild.testing.registry import Registry
from tests.integration.registry.samples import artifact, target
from tests.tools import ROOT

pytestmark = pytest.mark.integration

MB = 1 << 20
SIZE = 40 * MB
IN_MEMORY = 24 * MB
PATIENCE = Patience(connect=2, idle=5, silence=1, policy=Policy(first_delay=0.01, factor=1.5))


@pytest.fixture(scope="module")
def stocked(registry: Registry) -> tuple[Registry, Descriptor]:
    """Return a registry that has a big artifact, and the artifact's weights."""
    data = random.Random(5).randbytes(SIZE)  # noqa: S311
    source, root = artifact(data)
    copy(source, target(registry.host, "me/big"), root, name="v1")
    return registry, Descriptor.of(MediaType.MODEL_WEIGHT, data)


@pytest.fixture
def proxy(stocked: tuple[Registry, Descriptor]) -> Iterator[Proxy]:
    with Proxy(upstream=stocked[0].host).running() as running:
        yield running


def pull(store: Store, host: str, patience: Patience = PATIENCE) -> None:
    there = target(host, "me/big", patience)
    with store.lease("pull") as lease:
        copy(there, store, there.resolve("v1"), name="me/big:v1", prepare=store.preparation(lease))


def fetched(proxy: Proxy, blob: Descriptor) -> int:
    """Return how many bytes of a blob went through a proxy."""
    return sum(each.downloaded for each in proxy.exchanges if str(blob.digest) in each.target and each.method == "GET")


def ranges(proxy: Proxy, blob: Descriptor) -> list[str | None]:
    return [each.range for each in proxy.exchanges if str(blob.digest) in each.target and each.method == "GET"]


def test_where_each_connection_is_held_back_there_are_several(
    stocked: tuple[Registry, Descriptor], proxy: Proxy, tmp_path: Path
) -> None:
    _, blob = stocked
    proxy.rate = 6 * MB
    store = Store.open(tmp_path)
    pull(store, proxy.host)
    assert store.verify() == ()
    asked = ranges(proxy, blob)
    assert asked[0] is None
    assert len(asked) > 2
    assert None not in asked[1:]
    assert fetched(proxy, blob) < SIZE + 10 * MB  # what was under way in the first connection when it was cut


def test_a_registry_without_ranges_sends_everything_once(
    stocked: tuple[Registry, Descriptor], proxy: Proxy, tmp_path: Path
) -> None:
    _, blob = stocked
    proxy.rate = 12 * MB
    proxy.strike([Fault(what=IgnoreRange(), times=None)])
    store = Store.open(tmp_path)
    pull(store, proxy.host)
    assert store.verify() == ()
    asked = ranges(proxy, blob)
    whole = [each.downloaded for each in proxy.exchanges if str(blob.digest) in each.target and not each.range]
    assert asked[0] is None
    assert whole == [SIZE]


PULL = """
import sys
from pathlib import Path
from olbuild.storage.store import Store
from tests.integration.registry.test_pull_parts import pull
pull(Store.open(Path(sys.argv[1])), sys.argv[2])
"""


def test_a_pull_that_is_killed_again_and_again_fetches_little_twice(
    stocked: tuple[Registry, Descriptor], proxy: Proxy, tmp_path: Path
) -> None:
    _, blob = stocked
    proxy.rate = 8 * MB
    dice, kills = random.Random(7), 0  # noqa: S311
    store = Store.open(tmp_path)
    for attempt in range(40):
        process = subprocess.Popen(
            [sys.executable, "-c", PULL, str(tmp_path), proxy.host], env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        try:
            # Later and later, so that it comes to an end on a machine of any speed.
            assert process.wait(timeout=1.5 + attempt / 2 + dice.random()) == 0
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
            assert store.verify() == ()
    assert kills > 0
    assert store.exists(blob)
    assert store.verify() == ()
    assert not list(store.home.ingest.iterdir())
    under_way = 10 * MB  # in the sockets, when a connection ends
    assert fetched(proxy, blob) < SIZE + kills * (IN_MEMORY + under_way)


def test_a_pull_that_failed_is_gone_on_with(stocked: tuple[Registry, Descriptor], proxy: Proxy, tmp_path: Path) -> None:
    _, blob = stocked
    proxy.strike([Fault(what=Break(at=30 * MB + 5, ending="reset"), path=str(blob.digest), times=None)])
    store = Store.open(tmp_path)
    with pytest.raises(RegistryError) as raised:
        pull(store, proxy.host)
    assert "bytes are kept, and a repeat goes on from there" in str(raised.value.hint)
    proxy.strike([])
    pull(store, proxy.host)
    assert fetched(proxy, blob) == SIZE - 30 * MB
    assert store.verify() == ()


def test_a_signed_address_that_is_too_old_is_asked_for_anew(
    stocked: tuple[Registry, Descriptor], proxy: Proxy, tmp_path: Path
) -> None:
    registry, blob = stocked
    path = str(blob.digest)
    with Proxy(upstream=registry.host).running(
        Fault(what=Break(at=20 * MB, ending="close"), path="signed=1"),
        Fault(what=Answer(status=403), path="signed=2"),
    ) as elsewhere:
        proxy.strike([Fault(what=Redirect(host=elsewhere.host), path=path, times=None)])
        store = Store.open(tmp_path)
        pull(store, proxy.host)
        assert store.verify() == ()
        assert [each.status for each in elsewhere.exchanges][:3] == [200, 403, 206]
        assert fetched(elsewhere, blob) < SIZE + 10 * MB


@pytest.mark.parametrize("what", [Drip(rate=600), Break(at=5 * MB, ending="stall")])
def test_what_hardly_moves_is_asked_for_over_another_connection(
    what: Drip | Break,
    stocked: tuple[Registry, Descriptor],
    proxy: Proxy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slowness, "WINDOW", 1.0)
    _, blob = stocked
    proxy.strike([Fault(what=what, path=str(blob.digest))])
    store = Store.open(tmp_path)
    pull(store, proxy.host)
    assert store.verify() == ()
    assert fetched(proxy, blob) < SIZE + 10 * MB


def test_what_always_drips_has_an_end(
    stocked: tuple[Registry, Descriptor], proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slowness, "WINDOW", 0.5)
    _, blob = stocked
    proxy.strike([Fault(what=Drip(rate=600), path=str(blob.digest), times=None)])
    began = time.monotonic()
    with pytest.raises(RegistryError, match="fell silent"):
        pull(Store.open(tmp_path), proxy.host)
    assert time.monotonic() - began < 60
    assert len(ranges(proxy, blob)) == PATIENCE.policy.attempts


def test_two_processes_fetch_a_blob_once(stocked: tuple[Registry, Descriptor], proxy: Proxy, tmp_path: Path) -> None:
    _, blob = stocked
    proxy.rate = 12 * MB
    Store.open(tmp_path)
    command = [sys.executable, "-c", PULL, str(tmp_path), proxy.host]
    both = [subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert Store.open(tmp_path).verify() == ()
    assert fetched(proxy, blob) < SIZE + 10 * MB

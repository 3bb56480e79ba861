"""When a connection is too slow to wait for."""

import pytest

from olbuild.storage.registry.knowledge import Knowledge
from olbuild.storage.registry.slots import Connections
from olbuild.storage.registry.slowness import WINDOW, Drip

MB = 1_000_000


@pytest.mark.parametrize(
    ("rate", "best", "slow"),
    [
        (100, 0, True),
        (1023, 0, True),
        (1025, 0, False),
        (5_000, 10_000, False),  # the line is slow, and all its connections are
        (5_000, 1 * MB, True),
        (50_000, 1 * MB, False),
        (50_000, 100 * MB, True),
        (300_000, 1000 * MB, False),  # nothing is too slow at that rate
    ],
)
def test_slow_is_what_others_are_not(rate: int, best: float, slow: bool) -> None:  # noqa: FBT001
    drip = Drip(50.0)
    seen = [drip.slow(rate, 50.0 + second, best) for second in range(1, int(WINDOW) + 1)]
    assert seen == [False] * (int(WINDOW) - 1) + [slow]


def test_each_window_is_judged_by_itself() -> None:
    drip = Drip(0.0)
    assert not drip.slow(100 * MB, WINDOW, 0)
    assert drip.slow(10, 2 * WINDOW, 0)


def test_the_best_rate_is_remembered() -> None:
    drip, connections = Drip(0.0), Connections(8, Knowledge("host"))
    drip.slow(1 * MB, 0.1, 0)
    assert drip.rate(0.1) == 0  # too short to tell
    drip.slow(1 * MB, 1.0, 0)
    for rate in (drip.rate(1.0), 5.0):
        connections.moved(rate)
    assert connections.best == 2 * MB


def test_connections_are_counted_and_the_first_of_a_blob_is_always_given() -> None:
    connections = Connections(2, Knowledge("host"))
    assert [connections.take(first=False) for _ in range(3)] == [True, True, False]
    assert connections.take(first=True)
    assert connections.crowded
    connections.give()
    assert not connections.crowded


def test_what_was_learnt_of_ranges_and_connections_is_known_again() -> None:
    known = Knowledge("host")
    connections = Connections(8, known)
    assert (connections.likely, connections.ranges) == (1, None)
    connections.learn(ranges=True, readers=4)
    assert (Connections(8, known).likely, Connections(8, known).ranges) == (4, True)
    connections.learn(ranges=False)
    assert Connections(8, known).ranges is False

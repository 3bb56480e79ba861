"""How many readers at once, over lines of every kind."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from olbuild.storage.parts.pace import Look, Pace

MB = 1_000_000


def run(line: Callable[[int], float], *, seconds: float = 6.0, most: int = 8, cpu: float = 0.1) -> list[int]:
    """Return how many readers there were at each look; ``line`` is the rate of all of them together."""
    pace, now, received, wanted, seen = Pace(most), 0.0, 0.0, 1, list[int]()
    while now < seconds:
        look = Look(now=now, cpu=now * cpu, received=int(received), left=1 << 40, receiving=wanted)
        wanted = pace.look(look)
        seen.append(wanted)
        received += line(wanted) * 0.1
        now += 0.1
    return seen


def test_where_each_connection_is_held_back_all_are_used_soon() -> None:
    seen = run(lambda readers: 30 * MB * readers)
    assert seen[-1] == 8
    assert seen.index(8) <= 25  # 2.5 seconds


def test_a_line_that_is_full_is_not_shared_for_nothing() -> None:
    seen = run(lambda _readers: 40 * MB)
    assert max(seen) == 2
    assert seen[-1] == 1
    assert seen.count(2) < 12


def test_it_stops_where_more_bring_nothing() -> None:
    assert run(lambda readers: min(readers, 4) * 30 * MB)[-1] == 4


@pytest.mark.parametrize("rate", [300 * MB, 2000 * MB])
def test_a_fast_connection_is_left_alone(rate: float) -> None:
    assert set(run(lambda _readers: rate)) == {1}


def test_a_busy_processor_is_the_limit_and_not_the_network() -> None:
    assert set(run(lambda readers: 30 * MB * readers, cpu=0.9)) == {1}


def test_what_is_nearly_done_needs_no_help() -> None:
    pace = Pace(8)
    for step in range(30):
        look = Look(now=step / 10, cpu=0, received=step * 3 * MB, left=10 * MB, receiving=1)
        assert pace.look(look) == 1


def test_it_tries_again_after_a_rest() -> None:
    seen = run(lambda _readers: 40 * MB, seconds=30)
    tries = [before for before, after in pairwise(seen) if before < after]
    assert len(tries) == 3


def test_a_limit_that_was_learnt_holds() -> None:
    pace = Pace(8)
    pace.wanted = 4
    pace.limit(2)
    assert (pace.wanted, pace.most) == (2, 2)
    pace.limit(0)
    assert pace.most == 1

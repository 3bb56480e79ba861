"""After some crashes in a row nobody tries for a while."""

import pytest

from olbuild.core.errors import BusyError
from olbuild.running.manager.crashes import Crashes


def after(count: int) -> Crashes:
    crashes = Crashes()
    for _ in range(count):
        crashes.count("a", 100.0, "the end")
    return crashes


def test_the_first_crashes_cost_no_pause() -> None:
    assert [after(count).pause("a", 100.0) for count in range(5)] == [0, 0, 0, 5, 10]


def test_a_pause_passes_and_has_a_bound() -> None:
    assert after(3).pause("a", 104.0) == 1
    assert after(3).pause("a", 200.0) == 0
    assert after(5000).pause("a", 100.0) == 300


def test_nobody_may_try_during_a_pause_and_it_is_said_why() -> None:
    crashes = after(3)
    with pytest.raises(BusyError, match=r"^smol crashed 3 times in a row; the last time, the end$") as refused:
        crashes.refuse("a", "smol", 101.5)
    assert refused.value.hint == "the next attempt can be made in 4 seconds"
    assert refused.value.retry_after == 3.5
    crashes.refuse("b", "other", 101.5)
    crashes.forget("a")
    crashes.refuse("a", "smol", 101.5)


def test_only_so_many_models_are_remembered() -> None:
    crashes = after(3)
    for number in range(1000):
        crashes.count(str(number), 100.0, "")
    assert crashes.pause("a", 100.0) == 0

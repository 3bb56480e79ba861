"""After some crashes in a row nobody tries for a while."""

from olbuild.running.manager.crashes import Crashes


def after(count: int) -> Crashes:
    crashes = Crashes()
    for _ in range(count):
        crashes = crashes.and_one(100.0, "the end")
    return crashes


def test_the_first_crashes_cost_no_pause() -> None:
    assert [after(count).pause(100.0) for count in range(5)] == [0, 0, 0, 5, 10]


def test_a_pause_passes_and_has_a_bound() -> None:
    assert after(3).pause(104.0) == 1
    assert after(3).pause(200.0) == 0
    assert after(5000).pause(100.0) == 300

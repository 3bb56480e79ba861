"""How much one key may ask."""

from hypothesis import given
from hypothesis import strategies as st

from olbuild.serving.server.access.allowance import Allowance


def test_without_limits_everything_is_allowed() -> None:
    allowance = Allowance(None, None)
    assert all(allowance.enter(0.0) == 0 for _ in range(1000))


def test_a_burst_of_one_minute_and_then_evenly() -> None:
    allowance = Allowance(60, None)
    assert [allowance.enter(100.0) for _ in range(60)] == [0.0] * 60
    assert allowance.enter(100.0) == 1.0
    assert allowance.enter(100.5) == 0.5
    assert allowance.enter(101.0) == 0.0
    assert allowance.enter(101.0) == 1.0


def test_so_many_at_a_time() -> None:
    allowance = Allowance(None, 2)
    assert [allowance.enter(0.0) for _ in range(3)] == [0.0, 0.0, 1.0]
    allowance.leave()
    assert allowance.enter(0.0) == 0.0


def test_who_has_to_wait_for_a_place_loses_none_of_the_minute() -> None:
    allowance = Allowance(1, 1)
    assert allowance.enter(0.0) == 0.0
    assert allowance.enter(60.0) == 1.0
    allowance.leave()
    assert allowance.enter(60.0) == 0.0


@given(st.integers(1, 100), st.lists(st.floats(0, 10), max_size=300))
def test_no_minute_has_more_than_two_bursts(per_minute: int, pauses: list[float]) -> None:
    allowance, now, allowed = Allowance(per_minute, None), 1000.0, []
    for pause in pauses:
        now += pause
        if allowance.enter(now) == 0:
            allowed.append(now)
    for time in allowed:
        assert sum(time <= other < time + 60 for other in allowed) <= 2 * per_minute

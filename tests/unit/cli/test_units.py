"""Numbers for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.cli import units


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (98_362_432, "98.4 MB"),
        (2_147_483_648, "2.15 GB"),
        (10**18, "1000 PB"),
    ],
)
def test_sizes(amount: int, shown: str) -> None:
    assert units.size(amount) == shown


@pytest.mark.parametrize(
    ("amount", "shown"), [(12, "12"), (134_515_008, "134.5M"), (1_235_814_432, "1.2B"), (8e9, "8B"), (999_960, "1M")]
)
def test_counts(amount: float, shown: str) -> None:
    assert units.count(amount) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1:00"), (125, "2:05"), (3723, "1:02:03")],
)
def test_durations(seconds: float, shown: str) -> None:
    assert units.duration(seconds) == shown


@given(st.integers(0, 10**17), st.integers(0, 10**17))
def test_a_size_is_close_short_and_monotonous(one: int, other: int) -> None:
    factors = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15}

    def read(amount: int) -> float:
        number, unit = units.size(amount).split()
        assert len(number) <= 4
        return float(number) * factors[unit]

    assert read(one) == pytest.approx(one, rel=0.006, abs=0.5)
    assert (one <= other) <= (read(one) <= read(other))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 ms"),
        (0.0042, "4.2 ms"),
        (0.09996, "100 ms"),
        (0.18, "180 ms"),
        (0.9996, "1.00 s"),
        (2.349, "2.35 s"),
        (31, "31.0 s"),
    ],
)
def test_a_span_may_be_short(seconds: float, text: str) -> None:
    assert units.span(seconds) == text

"""The retry policy: a pure function of what happened."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.storage.registry.retry import Answered, Break, Broken, Outcome, Policy, is_transient, retry_after

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT
POLICY = Policy()


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 522])
def test_what_passes_is_tried_again(status: int) -> None:
    assert POLICY.delay(1, Answered(status=status), dice=0.5, now=NOW) is not None


@pytest.mark.parametrize("status", [200, 201, 307, 400, 401, 403, 404, 409, 413, 416, 501, 505])
def test_an_answer_is_an_answer(status: int) -> None:
    assert POLICY.delay(1, Answered(status=status, retry_after="1"), dice=0.5, now=NOW) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 0 ", 0),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0),
        ("-1", None),
        ("soon", None),
        ("", None),
        ("١٢", None),
        (None, None),
        ("9" * 400, 999_999_999),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Mon, 01 Jan 2030 00:00:00 +99999999999999", None),
        ("Mon, 01 Jan " + "9" * 5000 + " 00:00:00 GMT", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


_NUMBERS = st.integers(0, 10**25).map(str)


@given(st.from_regex(r"(Mon, )?D Jan D D:D(:D)? ([+-]D|GMT|-0000)", fullmatch=True), st.lists(_NUMBERS, min_size=9))
def test_dates_of_no_calendar(pattern: str, numbers: list[str]) -> None:
    remaining = iter(numbers)
    asked = retry_after("".join(next(remaining) if letter == "D" else letter for letter in pattern), NOW)
    assert asked is None or asked >= 0


def test_retry_after_is_obeyed_and_capped() -> None:
    assert POLICY.delay(1, Answered(status=429, retry_after="50"), dice=0.0, now=NOW) == 50
    assert POLICY.delay(1, Answered(status=503, retry_after="86400"), dice=0.0, now=NOW) == 120


@pytest.mark.parametrize(("kind", "attempts"), [(Break.CONNECT, 3), (Break.TRANSFER, 5), (Break.FINAL, 1)])
def test_broken_connections_have_their_number_of_attempts(kind: Break, attempts: int) -> None:
    delays = [POLICY.delay(attempt, Broken(kind=kind), dice=0.0, now=NOW) for attempt in range(1, 7)]
    assert sum(delay is not None for delay in delays) == attempts - 1


_OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Answered, status=st.integers(100, 599), retry_after=st.none() | st.text(max_size=30)),
    st.builds(Broken, kind=st.sampled_from(Break)),
)


@given(st.integers(1, 100), _OUTCOMES, st.floats(0, 1, exclude_max=True))
def test_waits_are_bounded_and_end(attempt: int, outcome: Outcome, dice: float) -> None:
    delay = POLICY.delay(attempt, outcome, dice=dice, now=NOW)
    if attempt >= POLICY.attempts:
        assert delay is None
    if delay is not None:
        assert 0 <= delay <= POLICY.longest_retry_after
        assert not isinstance(outcome, Answered) or is_transient(outcome.status)


def test_waits_grow_and_differ() -> None:
    waits = [POLICY.delay(attempt, Answered(status=500), dice=0.0, now=NOW) for attempt in range(1, 5)]
    assert waits == [0.25, 0.5, 1.0, 2.0]
    assert POLICY.delay(1, Answered(status=500), dice=0.999, now=NOW) == pytest.approx(0.5, abs=0.01)

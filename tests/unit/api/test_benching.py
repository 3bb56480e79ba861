"""Users who ask at once, and what is made of their times."""

import threading
from collections.abc import Callable

import pytest

from olbuild.api.benching import Counts, Measured, Work, measure, part
from olbuild.core.errors import EngineError, UsageError


def test_all_users_ask_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=30)

    def ask(user: int, hear: Callable[[], None]) -> Counts:
        together.wait()
        hear()
        hear()
        return Counts(10 + user, 5, user)

    measured = measure(3, ask)
    assert (measured.users, measured.prompt_tokens, measured.cached_tokens, measured.tokens) == (3, 33, 3, 15)
    assert len(measured.first) == len(measured.between) == 3
    assert all(0 < first <= measured.seconds for first in measured.first)
    assert measured.rate == 15 / measured.seconds


def test_an_answer_without_text_counts_from_its_end() -> None:
    measured = measure(1, lambda _user, _hear: Counts(3, 1))
    assert 0 < measured.first[0] <= measured.seconds
    assert measured.between == ()


@pytest.mark.parametrize(
    ("raised", "expected", "text"),
    [(UsageError("too long"), UsageError, "too long"), (ValueError("odd"), EngineError, "could not be asked: odd")],
)
def test_what_one_user_meets_is_told(raised: Exception, expected: type[Exception], text: str) -> None:
    def ask(user: int, _hear: Callable[[], None]) -> Counts:
        if user == 1:
            raise raised
        return Counts(1, 1)

    with pytest.raises(expected, match=text):
        measure(3, ask)


@pytest.mark.parametrize(
    ("values", "fraction", "expected"),
    [((), 0.5, 0), ((7,), 0.95, 7), ((1, 2, 3, 4), 0.5, 2), ((1, 2, 3, 4), 0.95, 4), (range(1, 101), 0.95, 95)],
)
def test_parts_are_of_the_nearest_rank(values: tuple[float, ...], fraction: float, expected: float) -> None:
    assert part(values, fraction) == expected


def test_questions_differ_from_the_start_and_are_always_the_same() -> None:
    work = Work(words=20)
    questions = [work.question(user) for user in range(300)]
    assert len({question.split()[0] for question in questions}) == 300
    assert questions == [Work(words=20).question(user) for user in range(300)]
    assert Work().system == ""
    assert len(Work(shared=800).system.split()) == 801


def test_a_rate_is_of_all_users() -> None:
    measured = Measured(users=2, seconds=4, prompt_tokens=1, cached_tokens=0, tokens=100, first=(1,), between=())
    assert measured.rate == 25

"""When a loaded model is the one that is wanted."""

import pytest

from olbuild.running.manager.options import Parameters, fixed_at_load, same_when_loaded

AUTOMATIC: Parameters = {"num_ctx": 4096, "num_batch": 512, "num_thread": 2}


def test_only_what_is_fixed_at_load_and_not_automatic_counts() -> None:
    given: Parameters = {"num_ctx": 8, "num_gpu": -1, "num_thread": 0, "temperature": 1, "use_mmap": False}
    assert fixed_at_load(given) == {"num_ctx": 8, "use_mmap": False}
    assert fixed_at_load({"num_gpu": 0}) == {"num_gpu": 0}


@pytest.mark.parametrize(
    ("wanted", "asked", "same"),
    [
        ({}, {}, True),
        ({"num_ctx": 4096}, {}, True),
        ({"num_ctx": 64}, {}, False),
        ({}, {"num_ctx": 64}, False),
        ({}, {"num_ctx": 4096}, True),
        ({"num_ctx": 64}, {"num_ctx": 64}, True),
        ({"num_ctx": 999_999}, {"num_ctx": 999_999}, True),
        ({"num_batch": 512, "num_thread": 2}, {}, True),
        ({"num_thread": 4}, {}, False),
        ({}, {"num_gpu": 3, "use_mmap": False}, True),
        ({"num_gpu": 4}, {"num_gpu": 3}, False),
        ({"use_mmap": False}, {}, False),
    ],
)
def test_what_nobody_says_is_automatic_or_as_it_is(wanted: Parameters, asked: Parameters, same: bool) -> None:  # noqa: FBT001 - a case
    assert same_when_loaded(wanted, asked, AUTOMATIC, {**AUTOMATIC, **asked}) is same


def test_a_context_that_was_made_smaller_is_the_one_that_is_asked_for() -> None:
    loaded = {**AUTOMATIC, "num_ctx": 2048}  # there was no more memory
    assert same_when_loaded({"num_ctx": 2048}, {}, AUTOMATIC, loaded)
    assert same_when_loaded({}, {}, AUTOMATIC, loaded)

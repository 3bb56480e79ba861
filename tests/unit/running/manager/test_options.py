"""When a loaded model is the one that is wanted."""

import pytest

from olbuild.running.manager.options import Parameters, fixed_at_load, same_when_loaded

LOADED: Parameters = {"num_ctx": 2048, "num_thread": 2}


def test_only_what_is_fixed_at_load_and_not_automatic_counts() -> None:
    given: Parameters = {"num_ctx": 8, "num_gpu": -1, "num_thread": 0, "temperature": 1, "use_mmap": False}
    assert fixed_at_load(given) == {"num_ctx": 8, "use_mmap": False}
    assert fixed_at_load({"num_gpu": 0}) == {"num_gpu": 0}


@pytest.mark.parametrize(
    ("wanted", "same"),
    [({}, True), ({"num_ctx": 2048}, True), ({"num_ctx": 4096}, False), ({"num_batch": 32}, False)],
)
def test_what_is_wanted_must_be_what_was_loaded(wanted: Parameters, same: bool) -> None:  # noqa: FBT001 - a case
    assert same_when_loaded(wanted, LOADED) is same

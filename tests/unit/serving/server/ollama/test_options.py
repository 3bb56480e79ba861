"""Options of a request, with Ollama's types."""

import pytest

from olbuild.core.errors import UsageError
from olbuild.serving.server.errors import Problem
from olbuild.serving.server.ollama.options import read_options


def test_numbers_that_are_too_large_mean_the_largest_one() -> None:
    read = read_options({"num_predict": 1e30, "num_ctx": -1e30, "seed": 1e30, "top_k": 40.7})
    assert read == {"num_predict": 2**31 - 1, "num_ctx": -(2**31) + 1, "seed": 2**63 - 1, "top_k": 40}


def test_null_is_not_there_and_unknown_names_mean_nothing() -> None:
    assert read_options({"num_predict": None, "nope": 1, "num_gpu": 0}) == {"num_gpu": 0}


@pytest.mark.parametrize(("name", "value"), [("num_predict", "a"), ("top_p", True), ("stop", "a")])
def test_other_types_are_a_problem_with_the_status_of_ollama(name: str, value: object) -> None:
    with pytest.raises(Problem, match=name) as raised:
        read_options({name: value})
    assert raised.value.status == 500


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(UsageError, match="number"):
        read_options({"num_predict": float("inf")})

"""Vectors, cut and scaled."""

import math
from array import array

import pytest

from olbuild.core.errors import EngineError
from olbuild.running.engine.vectors import finished, numbers


def vector(*values: float) -> bytes:
    return array("f", values).tobytes()


def test_a_vector_of_zeros_stays_one() -> None:
    assert list(numbers(finished(vector(0, 0), 0, normalise=True))) == [0, 0]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_an_error(value: float) -> None:
    with pytest.raises(EngineError, match="not finite"):
        finished(vector(1, value), 0, normalise=False)
    assert list(numbers(finished(vector(1, value), 1, normalise=False))) == [1]


def test_large_numbers_do_not_overflow() -> None:
    assert list(numbers(finished(vector(3e38, 3e38), 0, normalise=True))) == pytest.approx([0.7071, 0.7071], rel=1e-3)

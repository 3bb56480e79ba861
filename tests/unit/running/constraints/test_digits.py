"""Whole numbers without bounds end."""

import json

import pytest

from olbuild.running.constraints.schema import read_schema

LARGEST = (1 << 53) - 1
BOUNDED = {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST}


def test_whole_numbers_get_bounds_wherever_they_are() -> None:
    integer = {"type": "integer"}
    schema = {"type": "object", "properties": {"a": integer, "b": {"type": "array", "items": integer}}}
    read = read_schema(json.dumps(schema))
    assert read["properties"]["a"] == BOUNDED
    assert read["properties"]["b"]["items"] == BOUNDED


@pytest.mark.parametrize("more", [{"minimum": 3}, {"multipleOf": 5}, {"enum": [1, 2]}, {"const": 7}])
def test_who_says_something_is_taken_at_that(more: dict[str, object]) -> None:
    read = read_schema(json.dumps({"type": "integer", **more}))
    assert read.keys() & {"minimum", "maximum"} == more.keys() & {"minimum", "maximum"}


def test_other_types_are_left_alone() -> None:
    assert read_schema('{"type": "number"}') == {"type": "number"}

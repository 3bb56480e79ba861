"""Which objects are closed: those that nothing joins with others."""

from typing import Any

import pytest

from olbuild.running.constraints.closing import close_objects

A: dict[str, Any] = {"properties": {"a": {}}}
B: dict[str, Any] = {"properties": {"b": {}}}
CLOSED_A = {**A, "additionalProperties": False}
REF = {"$ref": "#/$defs/a"}


@pytest.mark.parametrize(
    ("schema", "closed"),
    [
        (A, CLOSED_A),
        ({"properties": {"x": A}}, {"properties": {"x": CLOSED_A}, "additionalProperties": False}),
        ({"items": A}, {"items": CLOSED_A}),
        ({"prefixItems": [A]}, {"prefixItems": [CLOSED_A]}),
        ({"additionalProperties": A}, {"additionalProperties": CLOSED_A}),
        ({"anyOf": [A, B]}, {"anyOf": [CLOSED_A, {**B, "additionalProperties": False}]}),
        ({**REF, "$defs": {"a": A}}, {**REF, "$defs": {"a": CLOSED_A}}),
        ({"items": REF, "$defs": {"a": A}}, {"items": REF, "$defs": {"a": CLOSED_A}}),
        ({**A, "required": ["a"], "minProperties": 1}, {**CLOSED_A, "required": ["a"], "minProperties": 1}),
    ],
)
def test_an_object_that_stands_alone_is_closed(schema: dict[str, Any], closed: dict[str, Any]) -> None:
    assert close_objects(schema) == closed


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"additionalProperties": True, **A},
        {"patternProperties": {"^x": {}}, **A},
        {"required": ["b"], **A},
        {"minProperties": 2, **A},
        {"allOf": [A, B]},
        {"allOf": [{"anyOf": [A, B]}]},
        {**A, "anyOf": [B]},
        {"anyOf": [A], "oneOf": [B]},
        {"allOf": [REF, B], "$defs": {"a": A}},
        {**B, **REF, "$defs": {"a": A}},
        {"allOf": [{"$ref": "#/$defs/b"}], "$defs": {"b": REF, "a": A}},
        {"allOf": [{"$ref": "#/$defs/a~1b"}], "$defs": {"a/b": A}},
        {"required": [[]], **A},
    ],
)
def test_what_is_joined_or_open_stays_as_it_is(schema: dict[str, Any]) -> None:
    assert close_objects(schema) == schema

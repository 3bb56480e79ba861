"""JSON Schemas: what can be enforced is, what cannot is refused by name and place, and hostile ones are bounded."""

import json
from typing import Any

import pytest

from olbuild.core.errors import UsageError
from olbuild.running.constraints.maker import Constraints
from olbuild.running.constraints.schema import read_schema
from olbuild.running.jobs import Constraint
from olbuild.running.requests import Grammar
from tests.unit.running.constraints.words import Words, takes

WORDS = Words()
CONSTRAINTS = Constraints(WORDS)


def make(value: object) -> Constraint:
    pytest.importorskip("llguidance", reason="llguidance is missing: pip install 'olbuild[engine]'")
    return CONSTRAINTS.make(Grammar(kind="json_schema", text=json.dumps(value)))


def refusal(value: object) -> str:
    with pytest.raises(UsageError) as caught:
        make(value)
    assert len(caught.value.message) < 700
    return caught.value.message


A = {"type": "object", "properties": {"a": {}}}
OBJECT = {"type": "object", "required": ["a"]}


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"type": "array", "uniqueItems": True}, "$.uniqueItems"),
        ({"properties": {"a": {"items": {"contains": {}}}}}, "$.properties.a.items.contains"),
        ({"properties": {"a b": {"not": {}}}}, '$.properties["a b"].not'),
        ({"anyOf": [{}, {"if": {}, "then": False}]}, "$.anyOf[1].if"),
        ({"$defs": {"x": {"propertyNames": {"pattern": "a"}}}, "$ref": "#/$defs/x"}, "$.$defs.x.propertyNames"),
        ({"dependentRequired": {"a": ["b"]}}, "$.dependentRequired"),
        ({"type": "object", "unevaluatedProperties": False}, "$.unevaluatedProperties"),
        ({"type": "string", "format": "idn-email"}, "$.format"),
        ({"type": "object", "minProperties": 2}, "$.minProperties"),
        ({"enum": ["a", 2**60]}, "$.enum[1]"),
        ({"items": {"type": "integer", "multipleOf": 999_983}}, "$.items.multipleOf"),
        ({"enum": []}, "$.enum"),
        ({"type": "number", "minimum": 5, "maximum": 3}, "$.minimum"),
        ({"type": "string", "minLength": 5, "maxLength": 3}, "$.minLength"),
        ({**OBJECT, "properties": {"a": {"enum": []}}}, "$.required"),
        ({"prefixItems": [{"minimum": -(2**70)}]}, "$.prefixItems[0].minimum"),
        # What llguidance itself refuses is found by trying.
        ({"properties": {"a": {"oneOf": [{"type": "integer"}, {"type": "number"}]}}}, "$.properties.a.oneOf"),
        ({"properties": {"a": {"pattern": "(?=a)"}}}, "$.properties.a.pattern"),
        ({"items": {"$ref": "#/$defs/none"}}, "$.items.$ref"),
        ({"items": {"$ref": "http://localhost/schema"}}, "$.items.$ref"),
        (
            {**OBJECT, "properties": {"a": {"type": "string", "pattern": "^a$", "minLength": 2}}},
            "$.required",
        ),
        ({"patternProperties": {"^a": {}, "^ab": {}}}, "$.patternProperties"),
        ({"properties": {"n": {"type": "number", "multipleOf": 1e-300}}}, "$.properties.n.multipleOf"),
        # What it takes and does not enforce.
        ({"properties": {"a": {"enum": ["\x1f"]}}}, "$.properties.a.enum[0]"),
        ({"properties": {"\x1f": {}}}, "$.properties"),
        ({"items": {"type": "number", "exclusiveMinimum": 2, "maximum": 2.5}}, "$.items.exclusiveMinimum"),
        ({"allOf": [{"exclusiveMaximum": 0}, {"type": "number", "minimum": -0.5}]}, "$.allOf[0].exclusiveMaximum"),
    ],
)
def test_what_cannot_be_enforced_is_named_with_its_place(schema: object, place: str) -> None:
    assert f"asks for what cannot be enforced: {place}" in refusal(schema)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ([], "wrong at $: a schema must be an object"),
        ({"properties": {"a": 1}}, "wrong at $.properties.a: a schema must be"),
        ({"properties": []}, "wrong at $.properties: it must be an object of schemas"),
        ({"anyOf": {}}, "wrong at $.anyOf: it must be a list of schemas"),
        ({"type": 1}, "wrong at $.type"),
        ({"items": {"maxLength": "3"}}, "wrong at $.items.maxLength: it must be a whole number, 0 or more"),
        ({"minItems": -1}, "wrong at $.minItems"),
        ({"minItems": True}, "wrong at $.minItems"),
        ({"maxLength": 1.5}, "wrong at $.maxLength"),
        ({"multipleOf": True, "type": "integer"}, "$.multipleOf"),
        ({"$ref": "#"}, "no text fits it"),
        ({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, "no text fits it"),
        ({"type": "objekt"}, "Invalid type: objekt"),
        (False, "false"),
    ],
)
def test_what_is_no_schema_is_an_error(schema: object, words: str) -> None:
    assert words in refusal(schema)


def nested(levels: int) -> object:
    return {"properties": {"a": nested(levels - 1)}} if levels else True


def chain(count: int) -> dict[str, Any]:
    links: dict[str, Any] = {f"d{n}": {"type": "array", "items": {"$ref": f"#/$defs/d{n + 1}"}} for n in range(count)}
    return {"$defs": {**links, f"d{count}": {"type": "string"}}, "$ref": "#/$defs/d0"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{" * 100, "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ('{"a":"' + "x" * (1 << 18) + '"}', "larger than 256 KiB"),
        (json.dumps({"enum": list(range(20_000))}), "more than 20000 values"),
        (json.dumps(nested(60)), "nested deeper than 100 levels"),
        (json.dumps({"properties": {f"p{n}": {} for n in range(501)}}), "more than 500 properties at $"),
        (json.dumps(chain(1000)), "more than 2000 levels together"),
    ],
    ids=range(7),
)
def test_a_huge_or_deep_schema_is_an_error(text: str, words: str) -> None:
    with pytest.raises(UsageError, match="JSON Schema") as caught:
        read_schema(text)
    assert words.replace("$", "") in caught.value.message.replace("$", "")


def test_the_largest_schemas_that_are_taken_are_survived() -> None:
    make(chain(660))
    make(nested(48))
    make({"properties": {f"p{n}": {"type": "string"} for n in range(500)}}).mask()
    make({"$defs": {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)} | {"d30": A}, **A})


def test_many_references_and_a_refusal_in_a_large_schema_are_quick() -> None:
    """Work is counted: without a bound, each of these takes minutes."""
    nowhere = {f"p{n}": {"$ref": f"#/nowhere{n}"} for n in range(500)}
    assert "2000 levels" in refusal({"anyOf": [{"properties": nowhere}, {"enum": [[str(n)] for n in range(8000)]}]})
    large = {"properties": {f"p{n}": {"enum": [f"{n} {m}" for m in range(30)]} for n in range(400)}}
    assert "cannot be" in refusal({**large, "anyOf": [{"properties": {"q": {"pattern": "(?=x)"}}}]})


def test_alternatives_of_alternatives_are_bounded() -> None:
    options = [
        {"anyOf": [{"properties": {f"p{k}{n}": {}}, "required": [f"p{k}{n}"]} for n in range(7)]} for k in range(7)
    ]
    assert "too large" in refusal({"type": "object", "allOf": options})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "uniqueItems": False},
        {"type": "string", "uniqueItems": True},
        {"type": "string", "maxLength": 10**400, "minLength": 2.0},
        {"type": "integer", "multipleOf": 25_000_000},
        {"then": False},
        {"type": "object", "propertyNames": {}},
        {"type": "object", "required": ["a", "b"], "minProperties": 2},
        {"title": "T", "description": "D", "default": 1, "examples": [1], "deprecated": True, "x-mine": {"not": {}}},
        {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {}}, "$ref": "#/definitions/a"},
        {"type": "number", "format": "double"},
        {"prefixItems": [{"type": "number", "exclusiveMinimum": 0}, {"type": "number", "maximum": 0.5}]},
    ],
)
def test_what_asks_nothing_is_taken(schema: object) -> None:
    make(schema)


def test_leniency_cannot_be_asked_for() -> None:
    assert "$.not" in refusal({"x-guidance": {"lenient": True}, "not": {"type": "string"}})
    strict = make({"x-guidance": {"whitespace_flexible": False, "item_separator": ";"}, "type": "array"})
    assert takes(strict, WORDS, "[1, 2]")


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, "4", "3"),
        ({"type": "array", "items": [{"type": "integer"}], "additionalItems": False}, "[1]", "[1, 2]"),
        ({"type": "array", "items": [{"type": "integer"}]}, '[1, "a"]', '["a"]'),
        ({"type": "integer", "format": "int32"}, "2147483647", "2147483648"),
        ({"type": "integer", "format": "int32", "allOf": [{"minimum": 5}]}, "6", "4"),
        ({"type": "string", "format": "date"}, '"2026-11-26"', '"2026-13-26"'),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, "1", "true"),
        ({**A, "additionalProperties": {"type": "null"}}, '{"a": 1, "b": null}', '{"\\u0061": null}'),
        ({"patternProperties": {"^[0-9]": {"type": "null"}}}, '{"1": null}', '{"1\\u22ba": 1}'),
    ],
)
def test_older_and_other_words_mean_what_they_say(schema: object, right: str, wrong: str) -> None:
    assert takes(make(schema), WORDS, right)
    assert not takes(make(schema), WORDS, wrong)


TWO = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "array"}}, "required": ["a", "b"]}


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"b":[]}',
        '{"a": 1, "b": [1, 2]}',
        '{\n  "a" : 1,\n  "b" : [\n    1,\n\t2\n  ]\n}',
        '{"a"\n\n:\n\n1\n\n, "b":[ ] }',
    ],
)
def test_blanks_are_those_of_llama_cpp(text: str) -> None:
    assert takes(make(TWO), WORDS, text)


@pytest.mark.parametrize(
    "text",
    [
        ' {"a":1,"b":[]}',
        '{  "a":1,"b":[]}',
        '{"a":\n\n\n1,"b":[]}',
        '{"a":1,"b":[\n \n]}',
        '{"a":\t1,"b":[]}',
        '{"a":\n' + 21 * " " + '1,"b":[]}',
        '{"a":1,"b":[]}\n',
    ],
)
def test_blanks_do_not_go_on(text: str) -> None:
    assert not takes(make(TWO), WORDS, text)


def test_an_object_has_no_other_properties_than_it_says() -> None:
    assert not takes(make(TWO), WORDS, '{"a": 1, "b": [], "c": 1}')
    assert takes(make({**TWO, "additionalProperties": True}), WORDS, '{"a": 1, "b": [], "c": 1}')
    assert takes(make({"allOf": [A, {"properties": {"b": {}}}]}), WORDS, '{"a": 1, "b": 2}')

"""JSON Schemas that judge answers: right, bounded, and closed to the outside."""

import http.server
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.language.expectations import Schema, validate_schema

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PERSON = {
    "$schema": DRAFT,
    "type": "object",
    "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "age": {"$ref": "#/$defs/age"}},
    "required": ["name"],
    "additionalProperties": False,
    "$defs": {"age": {"type": "integer", "minimum": 0}},
}


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        ('{"name": "Ada", "age": 36}', None),
        (' \n{"name": "Ada"}\n', None),
        ("Ada", "the answer is not valid JSON: Expecting value"),
        ('```json\n{"name": "Ada"}\n```', "the answer is not valid JSON"),
        ("{}", "$: 'name' is a required property"),
        ('{"name": "ada"}', "$.name: 'ada' does not match '^[A-Z]'"),
        ('{"name": "Ada", "age": -1}', "$.age: -1 is less than the minimum of 0"),
        ('{"name": "Ada", "x": 1}', "$: the property 'x' is not allowed"),
        ('{"name": "Ada", "name": "Bob"}', "a key stands twice"),
        ("NaN", "NaN is not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[" * 80 + "]" * 80, "nested deeper than 64 levels"),
        ("1" * 5000, "a number has 5000 digits"),
    ],
)
def test_an_answer_is_judged(answer: str, refusal: str | None) -> None:
    found = Schema(PERSON).refusal(answer)
    assert (found is None) if refusal is None else (found is not None and refusal in found)


def test_a_reason_is_short() -> None:
    refused = Schema({"type": "integer"}).refusal(json.dumps("x" * 10_000))
    assert refused is not None
    assert len(refused) < 400


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ([], "neither an object nor true or false"),
        ({"type": "objekt"}, r"\$\.type"),
        ({"properties": {"a": {"minimum": "x"}}}, r"\$\.properties\.a\.minimum: 'x' is not of type 'number'"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "only https://json-schema.org/draft/2020-12"),
        ({"$defs": {"a": {"$schema": "http://json-schema.org/draft-04/schema#"}}}, "only https://json-schema"),
        ({"pattern": "(?=a)"}, "the pattern '.*' is none of RE2: invalid perl operator"),
        ({"patternProperties": {"(": {}}}, "is none of RE2: missing"),
        ({"$ref": "https://example.com/schema"}, "leads nowhere in the schema, and nothing outside of it is read"),
        ({"$ref": "file:///etc/passwd"}, "nothing outside of it is read"),
        ({"$ref": DRAFT}, "nothing outside of it is read"),
        ({"$ref": "//[bad"}, "leads nowhere"),
        ({"$ref": "#/$defs/none"}, "leads nowhere"),
        ({"$ref": "#/enum/0", "enum": [{"type": 1}]}, "leads to something that is no schema"),
        ({"$ref": "#"}, "leads back to itself"),
        ({"anyOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"not": {"$ref": "#"}}}}, "leads back to itself"),
        ({"$dynamicRef": "#x"}, r"\$dynamicRef is not supported"),
        ({"unevaluatedProperties": False}, "unevaluatedProperties is not supported"),
        ({"enum": list(range(5001))}, "more than 5000 values"),
    ],
)
def test_a_schema_that_cannot_be_used_says_why(schema: Any, reason: str) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=reason):
        validate_schema(schema)


def test_a_schema_of_a_hundred_thousand_levels_is_refused() -> None:
    schema: Any = True
    for _ in range(100_000):
        schema = {"not": schema}
    with pytest.raises(ValueError, match="nested deeper than 64 levels"):
        validate_schema(schema)


def _wide(depth: int, last: dict[str, object]) -> dict[str, object]:
    """Return a schema that applies its last part 3 to the power of ``depth`` times."""
    inner = {f"d{level}": {"allOf": [{"$ref": f"#/$defs/d{level + 1}"}] * 3} for level in range(depth)}
    return {"$ref": "#/$defs/d0", "$defs": {**inner, f"d{depth}": last}}


def _long(length: int) -> dict[str, object]:
    chain = {f"d{level}": {"$ref": f"#/$defs/d{level + 1}"} for level in range(length)}
    return {"$ref": "#/$defs/d0", "$defs": {**chain, f"d{length}": {"type": "string"}}}


@pytest.mark.parametrize("schema", [_wide(40, {"type": "integer"}), _long(2000)], ids=["wide", "long"])
def test_a_bomb_ends(schema: dict[str, object]) -> None:
    begin = time.perf_counter()
    refused = Schema(schema).refusal("1")
    assert refused is not None
    assert "too many steps" in refused
    assert time.perf_counter() - begin < 20


def test_many_items_are_compared_quickly() -> None:
    items = [{"a": number} for number in range(10_000)]
    begin = time.perf_counter()
    assert Schema({"uniqueItems": True}).refusal(json.dumps(items)) is None
    assert Schema({"uniqueItems": True}).refusal(json.dumps([*items, {"a": 5}])) == "$: two items are equal"
    assert time.perf_counter() - begin < 5


def test_a_pattern_behind_a_schema_that_names_its_draft_is_still_one_of_re2() -> None:
    """A validator that looks for the draft in each part would take its own rules, and Python's expressions."""
    schema = {"$schema": DRAFT, "properties": {"next": {"$ref": "#"}}, "patternProperties": {"^(a+)+$": False}}
    begin = time.perf_counter()
    assert Schema(schema).refusal(json.dumps({"next": {"a" * 40 + "!": 1}})) is None
    assert time.perf_counter() - begin < 5


def test_a_compound_schema_refers_to_its_parts_by_their_names() -> None:
    schema = {
        "$id": "https://example.com/a",
        "$ref": "b",
        "$defs": {"b": {"$id": "b", "$schema": DRAFT, "type": "string"}},
    }
    assert Schema(schema).refusal("1") == "$: 1 is not of type 'string'"
    assert Schema({"$ref": "#x", "$defs": {"x": {"$anchor": "x", "const": 1}}}).refusal("1") is None


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """Give a web server and the list of what it was asked for."""
    paths: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("key", ["$ref", "$dynamicRef", "$schema"])
def test_nothing_is_fetched(asked: tuple[str, list[str]], key: str) -> None:
    address, paths = asked
    with pytest.raises(ValueError, match=r"nowhere|not supported|only"):
        validate_schema({key: f"{address}/schema"})
    with pytest.raises(ValueError, match=r"nowhere|not supported|only"):
        validate_schema({"$id": f"{address}/a", "properties": {"x": {key: f"{address}/schema"}}})
    assert paths == []


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.sampled_from(["", "a", "ab", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "ab"]), inner, max_size=3),
    max_leaves=8,
)
keywords = {
    "type": st.sampled_from(["object", "array", "string", "integer", "number", "boolean", "null"]),
    "enum": st.lists(values, max_size=3),
    "const": values,
    "minimum": st.integers(-2, 2),
    "maxLength": st.integers(0, 2),
    "pattern": st.sampled_from(["a", "^b", "^$", "a+b"]),
    "uniqueItems": st.booleans(),
    "required": st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True),
    "minItems": st.integers(0, 2),
}


def _schema_of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    named = st.dictionaries(st.sampled_from(["a", "b", "ab"]), inner, max_size=2)
    listed = st.lists(inner, min_size=1, max_size=2)
    nested = {
        **dict.fromkeys(("not", "items", "contains", "additionalProperties", "propertyNames", "if", "then"), inner),
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), listed),
        **dict.fromkeys(("properties", "dependentSchemas"), named),
        "patternProperties": st.dictionaries(st.sampled_from(["a", "^b"]), inner, max_size=2),
    }
    return st.fixed_dictionaries({}, optional={**keywords, **nested})


schemas = st.recursive(st.booleans() | st.fixed_dictionaries({}, optional=keywords), _schema_of, max_leaves=5)


@given(schemas, values)
def test_it_judges_as_jsonschema_does(schema: Any, value: Any) -> None:  # noqa: ANN401
    assert (Schema(schema).refusal(json.dumps(value)) is None) == jsonschema.Draft202012Validator(schema).is_valid(
        value
    )

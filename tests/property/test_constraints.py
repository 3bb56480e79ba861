"""Whatever schema is taken: what random tokens under the mask say, a validator of JSON Schema accepts."""

import json
import random
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from olbuild.core.errors import UsageError
from olbuild.running.constraints.maker import Constraints
from olbuild.running.requests import Grammar
from tests.unit.running.constraints.words import Words, speak

pytest.importorskip("llguidance", reason="llguidance is missing: pip install 'olbuild[engine]'")
WORDS = Words()
CONSTRAINTS = Constraints(WORDS)

Schema = dict[str, Any]
NAMES = st.sampled_from(["a", "b", "name", "é", "a b", ""])
PATTERNS = st.sampled_from(["^a", "b$", "[0-9]", "^x*$"])
SMALL = st.integers(0, 3)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-999, 999), st.sampled_from([0.5, 1e3]), st.text(max_size=3))


def maybe(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Schema]:
    return st.fixed_dictionaries({}, optional=parts)


def typed(name: str, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Schema]:
    return maybe(**parts).map(lambda found: {"type": name, **found})


LEAVES = st.one_of(
    st.just({}),
    typed("null"),
    typed("boolean"),
    typed("integer", minimum=st.integers(-50, 50), maximum=st.integers(0, 500), multipleOf=st.integers(1, 7)),
    typed("number", exclusiveMinimum=st.integers(-5, 5), maximum=st.sampled_from([2.5, 10, 1e4])),
    typed(
        "string", minLength=SMALL, maxLength=st.integers(2, 6), pattern=st.sampled_from(["^a", "b$", "[0-9]", "^x*$"])
    ),
    st.sampled_from(["date", "time", "uuid", "ipv4", "email"]).map(lambda name: {"type": "string", "format": name}),
    VALUES.map(lambda value: {"const": value}),
    st.lists(VALUES, min_size=1, max_size=3).map(lambda values: {"enum": values}),
    st.just({"$ref": "#/$defs/leaf"}),
)


def larger(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    properties = st.dictionaries(NAMES, inner, max_size=3)
    return st.one_of(
        typed("array", items=inner, minItems=SMALL, maxItems=SMALL),
        typed("array", prefixItems=st.lists(inner, max_size=2), items=inner | st.just(False), minItems=SMALL),  # noqa: FBT003 - a schema
        typed(
            "object",
            properties=properties,
            required=st.lists(NAMES, max_size=2, unique=True),
            additionalProperties=inner | st.booleans(),
            minProperties=st.integers(0, 2),
            maxProperties=SMALL,
        ),
        typed("object", patternProperties=st.fixed_dictionaries({"^[0-9]": inner}), required=st.just(["1"])),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts}),
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"oneOf": parts}),
        st.tuples(inner, inner).map(lambda parts: {"allOf": list(parts)}),
    )


SCHEMAS = st.recursive(LEAVES, larger, max_leaves=6)
CHECKER = jsonschema.Draft202012Validator.FORMAT_CHECKER


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(SCHEMAS, st.integers(0, 1 << 30))
def test_what_comes_out_is_valid(schema: Schema, seed: int) -> None:
    schema = {**schema, "$defs": {"leaf": {"type": "integer", "minimum": 0, "maximum": 99}}}
    try:
        constraint = CONSTRAINTS.make(Grammar(kind="json_schema", text=json.dumps(schema)))
    except UsageError:
        assume(False)  # noqa: FBT003 - hypothesis has it so
    said = speak(constraint, WORDS, random.Random(seed))  # noqa: S311 - a test that can be repeated
    assume(said is not None)
    assert said is not None
    jsonschema.Draft202012Validator(schema, format_checker=CHECKER).validate(json.loads(said))

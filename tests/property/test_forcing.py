"""Forced calls there and back: whatever a grammar accepts, the family's parser reads as calls that fit the schema."""

import json
import random
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olbuild.running.chat.forcing import force_calls
from olbuild.running.chat.parsing.answer import Answer
from olbuild.running.chat.parsing.family import Situation
from olbuild.running.chat.parsing.port import Called, Parsed
from olbuild.running.chat.parsing.table import FAMILIES
from olbuild.running.chat.parsing.tools import Tools
from olbuild.running.constraints.maker import Constraints
from olbuild.running.jobs import Constraint
from tests.property.parsing_formats import BAR
from tests.unit.running.constraints.words import Words, bits, may_end

pytest.importorskip("llguidance", reason="llguidance is missing: pip install 'olbuild[engine]'")

WORDS = Words()
CONSTRAINTS = Constraints(WORDS)
BY_NAME = {family.name: family for family in FAMILIES}
ENDS = (
    *("\n</parameter>\n", "</parameter>\n", "</arg_value>", "</arg_value:opensource>", "</atem:parameter>\n"),
    *(f"</{BAR}DSML{BAR}parameter>", "]]></param>", "</param>", "]<]minimax[>[</", '<|"|>', "<escape>", '"', "'"),
    *("<|close|>argument<|sep|>", "}", "]", ")", "\n"),
)
ENDING = tuple(map(str.encode, ENDS))
BY_PIECE = {WORDS.piece(token): token for token in range(WORDS.first_control)}
NATIVE = ("qwen3-coder", "seed-oss", "glm", "hunyuan-3", "minimax-m2", "minimax-m3", "minicpm-5", "glimmer", "dsml")
OTHERS = ("kimi-k3", "llama4-pythonic", "gemma", "lfm2", "olmo3", "gemma4", "functiongemma", "hermes", "deepseek")

TEXTS = st.sampled_from(
    ["", "a", "New York", "null", "12", "true", "[1]", " {", "</p", "x\ny", "<&", 'say "hi"', "it's"]
)
STRINGS = st.one_of(
    st.just({"type": "string"}),
    st.fixed_dictionaries({"type": st.just("string"), "enum": st.lists(TEXTS, min_size=1, max_size=3)}),
    st.sampled_from(
        [
            {"type": "string", "pattern": "^[A-Z]{2}$|^x\\d+"},
            {"type": "string", "pattern": "b"},
            {"type": "string", "minLength": 2, "maxLength": 4},
            {"type": "string", "format": "date"},
            {"type": "string", "format": "ipv4"},
            {"const": "fixed"},
        ]
    ),
)
OTHER_VALUES = st.sampled_from(
    [
        {"type": "integer"},
        {"type": "integer", "minimum": 3, "maximum": 12},
        {"type": "number", "minimum": -1, "maximum": 1},
        {"type": "boolean"},
        {"type": "null"},
        {"enum": [1, 2]},
        {"type": "array", "items": {"type": "integer", "maximum": 9, "minimum": 0}, "maxItems": 3},
        {"$ref": "#/$defs/unit"},
    ]
)
LEAVES = st.one_of(STRINGS, OTHER_VALUES)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner),
        st.builds(lambda a: {"type": "array", "items": a, "maxItems": 2}, inner),
        st.builds(lambda a, b: {"type": "object", "properties": {"p": a, "q": b}, "required": ["p"]}, inner, inner),
        st.just({"type": ["string", "null"]}),
        st.just({"type": ["string", "integer"], "enum": ["a", 5]}),
    ),
    max_leaves=4,
)


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(["a", "ab", "city", "x-y", "days", "b_1"]), unique=True, max_size=4))
    schema: dict[str, Any] = {"type": "object", "properties": {name: draw(VALUES) for name in names}}
    if names:
        schema["required"] = draw(st.lists(st.sampled_from(names), unique=True))
    return {**schema, "$defs": {"unit": {"enum": ["c", "f"]}}}


def walk(constraint: Constraint, chance: random.Random, most: int) -> str | None:
    """Return a text of a grammar, in which texts come to an end soon."""
    said = b""
    for _ in range(most):
        allowed = bits(constraint.mask(), WORDS.size)
        ends = [token for token in allowed if WORDS.ends(token)]
        if ends and chance.random() < 0.5:
            break
        texts = sorted(allowed.difference(ends))
        begun, tokens = closing(said)
        goes_on = sorted(tokens & allowed)
        token = chance.choice(goes_on if goes_on and chance.random() < (0.97 if begun else 0.3) else texts)
        assert constraint.allows(token)
        constraint.accept(token)
        said += WORDS.shown(token)
        if constraint.finished:
            break
    return said.decode() if may_end(constraint, WORDS) else None


def closing(said: bytes) -> tuple[int, set[int]]:
    """Return how many bytes of what ends a value have come, and the tokens that go on with it."""
    begun = {end[at:]: at for end in ENDING for at in range(len(end)) if said.endswith(end[:at])}
    most = max(begun.values())
    following = (text[:size] for text, at in begun.items() if at == most for size in (1, 2, 3))
    return most, {token for text in following if (token := BY_PIECE.get(text)) is not None}


def read(text: str, syntax: str, tools: list[dict[str, Any]], size: int) -> list[Parsed]:
    parser = Answer(BY_NAME[syntax], Situation(tools=Tools(tools), tags=None))
    parts = [part for at in range(0, len(text), size) for part in parser.feed(text[at : at + size])]
    return [*parts, *parser.finish()]


@pytest.mark.parametrize("syntax", [*NATIVE, *OTHERS])
@settings(deadline=None, max_examples=8)
@given(schema=parameters(), seed=st.integers(0, 1 << 20), parallel=st.booleans())
def test_what_is_forced_is_read_as_calls_that_fit(
    syntax: str, schema: dict[str, Any], seed: int, *, parallel: bool
) -> None:
    other = {"name": "f2", "parameters": {"type": "object", "properties": {"t": {"type": "string"}}}}
    tools: list[dict[str, Any]] = [{"function": {"name": "f", "parameters": schema}}, {"function": other}]
    schemas = {"f": schema, "f2": {**other["parameters"], "additionalProperties": False}}  # type: ignore[dict-item]
    constraint = CONSTRAINTS.make(force_calls(tools, "required", parallel=parallel, syntax=syntax))
    said = walk(constraint, random.Random(seed), 900)  # noqa: S311 - a test that can be repeated
    if said is None:
        return
    whole = read(said, syntax, tools, len(said))
    assert whole, said
    for part in whole:
        assert isinstance(part, Called), (said, part)
        given_arguments = json.loads(part.arguments)
        jsonschema.validate(given_arguments, schemas[part.name])
        assert set(given_arguments) <= set(schemas[part.name]["properties"])
    assert read(said, syntax, tools, 3) == whole

"""Forced calls: whatever random tokens say under the grammar, the family's parser reads calls of the tools in it."""

import json
import random
from collections.abc import Sequence
from typing import Any

import jsonschema
import pytest

from olbuild.core.errors import UsageError
from olbuild.running.chat.forcing import force_calls
from olbuild.running.chat.parsing.answer import Answer
from olbuild.running.chat.parsing.family import Situation
from olbuild.running.chat.parsing.port import Called, Parsed
from olbuild.running.chat.parsing.table import FAMILIES
from olbuild.running.chat.parsing.tools import Tools
from olbuild.running.constraints.maker import Constraints
from tests.unit.running.constraints.words import Words, speak, takes

WORDS = Words()
CONSTRAINTS = Constraints(WORDS)
BY_NAME = {family.name: family for family in FAMILIES}

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Say the weather.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "pattern": "^[A-Z][a-z]{1,5}$"},
                "days": {"type": "integer", "minimum": 1, "maximum": 9},
                "unit": {"$ref": "#/$defs/unit"},
            },
            "required": ["city"],
            "additionalProperties": False,
            "$defs": {"unit": {"enum": ["c", "f"]}},
        },
    },
}
BARE = {"type": "object", "properties": {"now": {"type": "boolean"}}, "additionalProperties": False}
NOTHING = {"type": "function", "function": {"name": "stop-it", "parameters": BARE}}
TOOLS = [WEATHER, NOTHING]


@pytest.fixture(autouse=True)
def require_llguidance() -> None:
    pytest.importorskip("llguidance", reason="llguidance is missing: pip install 'olbuild[engine]'")


def grammar(
    *, choice: str = "required", parallel: bool = False, syntax: str = "json", tools: Sequence[dict[str, Any]] = TOOLS
) -> str:
    return force_calls(tools, choice, parallel=parallel, syntax=syntax).text


def answer(seed: int, syntax: str, choice: str = "required", *, parallel: bool = False) -> str | None:
    constraint = CONSTRAINTS.make(force_calls(TOOLS, choice, parallel=parallel, syntax=syntax))
    said = speak(constraint, WORDS, random.Random(seed), most=1500)  # noqa: S311 - a test that can be repeated
    # The one syntax whose token is a control token in this vocabulary; the session asks for its text to be shown.
    return f"[TOOL_CALLS]{said}" if said is not None and syntax == "mistral" else said


def read(text: str, syntax: str) -> list[Parsed]:
    parser = Answer(BY_NAME[syntax], Situation(tools=Tools(TOOLS), tags=None))
    return [*parser.feed(text), *parser.finish()]


def check(part: Parsed) -> str:
    assert isinstance(part, Called)
    if part.name == "get_weather":
        jsonschema.validate(json.loads(part.arguments), WEATHER["function"]["parameters"])  # type: ignore[index]
    else:
        assert (part.name, part.arguments[:1]) == ("stop-it", "{")
    return part.name


@pytest.mark.parametrize("syntax", sorted(BY_NAME))
def test_the_parser_of_every_family_reads_what_is_forced(syntax: str) -> None:
    for seed in range(3):
        said = answer(seed, syntax)
        if said is not None:
            parts = read(said, syntax)
            assert len(parts) == 1, said
            check(parts[0])
    named = answer(1, syntax, "get_weather", parallel=True)
    assert named is not None
    assert [check(part) for part in read(named, syntax)] == ["get_weather"]


@pytest.mark.parametrize("syntax", ["hermes", "mistral", "deepseek", "granite", "command-r7b", "apertus"])
def test_several_calls_may_come_in_one_answer(syntax: str) -> None:
    counts = set()
    for seed in range(4):
        said = answer(seed, syntax, parallel=True)
        if said is not None:
            parts = read(said, syntax)
            for part in parts:
                check(part)
            counts.add(len(parts))
    assert max(counts) > 1
    assert max(counts) <= 8


def test_the_text_is_what_the_family_writes() -> None:
    arguments = '{"city": "Bern"}'
    for syntax, text in {
        "hermes": f'<tool_call>\n{{"name": "get_weather", "arguments": {arguments}}}\n</tool_call>',
        "json": f'{{"name": "get_weather", "arguments": {arguments}}}',
        "llama3-json": f'{{"name": "get_weather", "parameters": {arguments}}}',
        "functionary-v3.1": f"<function=get_weather>{arguments}</function>",
        "nobody knows": f'{{"name": "get_weather", "arguments": {arguments}}}',
    }.items():
        constraint = CONSTRAINTS.make(force_calls(TOOLS, "get_weather", parallel=True, syntax=syntax))
        assert takes(constraint, WORDS, text)


def test_control_tokens_are_asked_for() -> None:
    constraint = CONSTRAINTS.make(force_calls(TOOLS, "required", parallel=False, syntax="mistral"))
    assert constraint.allows(WORDS.first_control + 1)
    assert not constraint.allows(ord("["))


def test_a_function_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UsageError, match="'nobody' must be called, and there is none among the tools"):
        grammar(choice="nobody")
    with pytest.raises(UsageError, match="a function must be called, and there is none"):
        grammar(tools=[{"type": "web_search"}])


@pytest.mark.parametrize("name", ["ARGUMENTS", "NAME", "«x»", 'a"b', "a\\b", '<{"x"}>'])
def test_any_name_is_written_as_it_is(name: str) -> None:
    tools = [{"function": {"name": name, "parameters": BARE}}]
    constraint = CONSTRAINTS.make(force_calls(tools, name, parallel=False, syntax="hermes"))
    said = json.dumps({"name": name, "arguments": {}}, ensure_ascii=False)
    assert takes(constraint, WORDS, f"<tool_call>\n{said}\n</tool_call>")


ODD = {
    "type": "object",
    "properties": {
        "a": {"type": "array", "uniqueItems": True, "items": {"oneOf": [{"type": "integer"}, {"type": "number"}]}},
        "b": {"type": "string", "format": "uri-reference", "pattern": "^(?!x)"},
        "c": {"type": "number", "exclusiveMinimum": 0, "maximum": 0.5},
    },
    "required": ["a"],
    "minProperties": 2,
    "if": {"required": ["b"]},
}


def test_what_cannot_be_enforced_of_a_tool_is_left_out_unless_it_is_strict() -> None:
    function = {"name": "f", "parameters": ODD}
    text = grammar(tools=[{"function": function}])
    bare = CONSTRAINTS.make(force_calls([{"function": {"name": "g"}}], "g", parallel=False, syntax="json"))
    assert takes(bare, WORDS, '{"name": "g", "arguments": {"any": [1]}}')
    constraint = CONSTRAINTS.make(force_calls([{"function": function}], "f", parallel=False, syntax="json"))
    assert "uniqueItems" not in text
    assert takes(constraint, WORDS, '{"name": "f", "arguments": {"a": [1, 1.5], "b": "x", "c": 0.25}}')
    with pytest.raises(UsageError, match=r"parameters of the function f: .* \$\.properties\.a\.uniqueItems"):
        grammar(tools=[{"function": {**function, "strict": True}}])
    with pytest.raises(UsageError, match="parameters of the function f: the JSON Schema is wrong at"):
        grammar(tools=[{"function": {"name": "f", "parameters": {"anyOf": 1}}}])

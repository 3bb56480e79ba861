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
from tests.unit.running.constraints.words import Words, speak, takes, write

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
    return speak(constraint, WORDS, random.Random(seed), most=1500)  # noqa: S311 - a test that can be repeated


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


def called(text: str, syntax: str, tools: Sequence[dict[str, Any]]) -> list[tuple[str, Any]]:
    """Return the calls that a text is, if the grammar of forced calls takes it."""
    constraint = CONSTRAINTS.make(force_calls(tools, "required", parallel=True, syntax=syntax))
    assert takes(constraint, WORDS, text), text
    parser = Answer(BY_NAME[syntax], Situation(tools=Tools(tools), tags=None))
    parts = [*parser.feed(text), *parser.finish()]
    return [(part.name, json.loads(part.arguments)) for part in parts if isinstance(part, Called)]


TRIP = {
    "type": "object",
    "properties": {
        "to": {"type": "string"},
        "days": {"type": "integer", "maximum": 30},
        "with": {"type": "array", "items": {"type": "string"}},
        "note": {"type": ["string", "null"]},
    },
    "required": ["to"],
}
TRIPS: list[dict[str, Any]] = [{"function": {"name": "trip", "parameters": TRIP}}]
MEANT = {"to": 'New <b>\n"York"', "days": 3, "with": ["A", "B"], "note": None}
WRITTEN = {
    "qwen3-coder": '<tool_call>\n<function=trip>\n<parameter=to>\nNew <b>\n"York"\n</parameter>\n<parameter=days>\n3\n'
    '</parameter>\n<parameter=with>\n["A", "B"]\n</parameter>\n<parameter=note>\nnull\n</parameter>\n</function>\n'
    "</tool_call>",
    "seed-oss": '<seed:tool_call>\n<function=trip>\n<parameter=to>New <b>\n"York"</parameter>\n<parameter=days>3'
    '</parameter>\n<parameter=with>["A", "B"]</parameter>\n<parameter=note>null</parameter>\n</function>\n'
    "</seed:tool_call>",
    "glm": '<tool_call>trip\n<arg_key>to</arg_key>\n<arg_value>New <b>\n"York"</arg_value>\n<arg_key>days</arg_key>'
    '<arg_value>3</arg_value><arg_key>with</arg_key><arg_value>["A", "B"]</arg_value><arg_key>note</arg_key>'
    "<arg_value>null</arg_value></tool_call>",
    "minimax-m2": '<minimax:tool_call>\n<invoke name="trip">\n<parameter name="to">New <b>\n"York"</parameter>\n'
    '<parameter name="days">3</parameter>\n<parameter name="with">["A", "B"]</parameter>\n'
    '<parameter name="note">null</parameter>\n</invoke>\n</minimax:tool_call>',
    "minimax-m3": ']<]minimax[>[<tool_call>\n]<]minimax[>[<invoke name="trip">]<]minimax[>[<to>New <b>\n"York"'
    "]<]minimax[>[</to>]<]minimax[>[<days>3]<]minimax[>[</days>]<]minimax[>[<with>]<]minimax[>[<item>A]<]minimax[>[</item>"
    "]<]minimax[>[<item>B]<]minimax[>[</item>]<]minimax[>[</with>]<]minimax[>[<note>null]<]minimax[>[</note>"
    "]<]minimax[>[</invoke>\n]<]minimax[>[</tool_call>",
    "minicpm-5": '<function name="trip"><param name="to"><![CDATA[New <b>\n"York"]]></param>'
    '<param name="days">3</param><param name="with">["A", "B"]</param><param name="note">null</param></function>',
    "llama4-pythonic": '[trip(to=\'New <b>\\n"York"\', days=3, with=["A", "B"], note=None)]',
    "lfm2": '<|tool_call_start|>[trip(to="New <b>\\n\\"York\\"", days=3, with=["A", "B"], note=null)]<|tool_call_end|>',
    "gemma4": '<|tool_call>call:trip{to:<|"|>New <b>\n"York"<|"|>,days:3,with:[<|"|>A<|"|>,<|"|>B<|"|>],note:null}'
    "<tool_call|>",
}


@pytest.mark.parametrize("syntax", sorted(WRITTEN))
def test_a_family_calls_in_its_own_way(syntax: str) -> None:
    assert called(WRITTEN[syntax], syntax, TRIPS) == [("trip", MEANT)]
    constraint = CONSTRAINTS.make(force_calls(TRIPS, "trip", parallel=False, syntax=syntax))
    assert not constraint.allows(ord("{"))


def test_what_is_required_is_there_and_nothing_else() -> None:
    begin = "<tool_call>\n<function=trip>\n"
    for refused in ("</function>", "<parameter=days>\n3", "<parameter=other>"):
        constraint = CONSTRAINTS.make(force_calls(TRIPS, "trip", parallel=False, syntax="qwen3-coder"))
        assert write(constraint, begin) == ""
        assert write(constraint, refused) != ""


def test_what_a_family_cannot_write_is_called_in_json() -> None:
    odd = {"type": "object", "properties": {"a>b": {"type": "string"}}, "required": ["a>b"]}
    either = {"type": "object", "anyOf": [{"required": ["x"]}, {"required": ["y"]}], "properties": {"x": {}, "y": {}}}
    for schema, arguments in ((odd, {"a>b": "c"}), (either, {"y": 1})):
        tools: list[dict[str, Any]] = [{"function": {"name": "f", "parameters": schema}}, *TRIPS]
        text = json.dumps({"name": "f", "arguments": arguments})
        assert called(text, "qwen3-coder", tools) == [("f", arguments)]
        assert called(WRITTEN["qwen3-coder"], "qwen3-coder", tools) == [("trip", MEANT)]
    with pytest.raises(UsageError, match="family harmony have no way to call 'a b'"):
        force_calls([{"function": {"name": "a b"}}], "required", parallel=False, syntax="harmony")


def test_many_functions_that_a_family_cannot_write_are_called_in_json() -> None:
    tools: list[dict[str, Any]] = [{"function": {"name": f"f {n}", "parameters": {"anyOf": [TRIP]}}} for n in range(5)]
    for tool in tools:
        text = json.dumps({"name": tool["function"]["name"], "arguments": {"to": "x"}})
        assert called(text, "glm", tools) == [(tool["function"]["name"], {"to": "x"})]


def test_a_schema_that_refers_to_itself_ever_more_often_takes_no_time() -> None:
    two = {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}, {"$ref": f"#/$defs/d{n + 1}"}]} for n in range(40)}
    end = {"d40": {"type": ["string", "null"], "pattern": "a|b"}}
    schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": {**two, **end}}
    for syntax in sorted(BY_NAME):
        force_calls([{"function": {"name": "f", "parameters": schema}}], "f", parallel=False, syntax=syntax)


def test_the_size_of_a_grammar_is_bounded() -> None:
    shared = {"type": "object", "properties": {f"p{n}": {"$ref": "#/$defs/x"} for n in range(60)}}
    schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/x"}}, "$defs": {"x": shared}}
    for syntax in ("minimax-m3", "gemma4", "qwen3-coder"):
        grammar = force_calls([{"function": {"name": "f", "parameters": schema}}], "f", parallel=False, syntax=syntax)
        assert len(grammar.text) < 1 << 18

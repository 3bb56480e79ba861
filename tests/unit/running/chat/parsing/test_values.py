"""Values that models write: as JSON with and without flaws, as Python, and as bare text with a type."""

import json

import pytest

from olbuild.running.chat.parsing.literals import read_literal, unescape
from olbuild.running.chat.parsing.port import Called
from olbuild.running.chat.parsing.tools import Tools
from olbuild.running.chat.parsing.typed import typed
from olbuild.running.chat.parsing.values import as_json, read_call, read_calls


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (' {"a":  1} ', '{"a":  1}'),
        ('{"a": 1.10}', '{"a": 1.10}'),
        ('{"a": 123456789012345678901234567890}', '{"a": 123456789012345678901234567890}'),
        ('{"a": "\n"}', '{"a": "\\n"}'),
        ('{"a": "\\ud83d\\ude00"}', '{"a": "\\ud83d\\ude00"}'),
        ('{"a": "\\ud800"}', '{"a": "\N{REPLACEMENT CHARACTER}"}'),
        ("{'a': 1}", None),
        ('{"a": NaN}', None),
        ('{"a": 1e400}', None),
        ('{"a": 1', None),
        ("[" * 100_000, None),
        ("", None),
    ],
)
def test_what_is_json(text: str, expected: str | None) -> None:
    assert as_json(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"name": "f", "arguments": {"a": 1}}', Called("f", '{"a": 1}')),
        ('{"tool_name": "f", "parameters": null}', Called("f", "{}")),
        ('{"function": {"name": "f", "arguments": "{\\"a\\": 1}"}, "id": "x"}', Called("f", '{"a": 1}', "x")),
        ('{"type": "function", "function": "f", "args": {}}', Called("f", "{}")),
        ('{"name": "f", "id": 7}', Called("f", "{}", "7")),
        ('{"name": "f", "arguments": [1]}', None),
        ('{"name": "f", "arguments": "x"}', None),
        ('{"name": "", "arguments": {}}', None),
        ('{"name": 1, "arguments": {}}', None),
        ('{"arguments": {}}', None),
        ("[]", None),
    ],
)
def test_what_is_a_call(text: str, expected: Called | None) -> None:
    assert read_call(text) == expected


def test_a_list_is_all_calls_or_none() -> None:
    assert read_calls('[{"name": "f"}, {"name": "g"}]') == [Called("f", "{}"), Called("g", "{}")]
    assert read_calls('[{"name": "f"}, 1]') is None
    assert read_calls("[]") is None


@pytest.mark.parametrize(
    ("text", "types", "value"),
    [
        ("12", {"string"}, "12"),
        ("12", {"integer"}, 12),
        ("12", set(), 12),
        ("012", {"integer"}, "012"),
        ("1.5", {"number", "null"}, 1.5),
        ("null", {"string", "null"}, None),
        ("None", {"null"}, None),
        ("null", {"string"}, "null"),
        ("True", {"boolean"}, True),
        ("yes", {"boolean"}, "yes"),
        (' {"a": 1} ', {"object"}, {"a": 1}),
        ("{'a': [True, None]}", {"object"}, {"a": [True, None]}),
        ("[1", {"array"}, "[1"),
        ('{"a": 1}', {"string"}, '{"a": 1}'),
        ('{"a": 1}', set(), {"a": 1}),
        ("hello", set(), "hello"),
        ("", {"string"}, ""),
        ("x", {"integer", "string"}, "x"),
    ],
)
def test_bare_text_has_the_type_that_the_schema_says(text: str, types: set[str], value: object) -> None:
    assert json.loads(typed(text, frozenset(types))) == value


def test_types_come_from_all_of_a_schema() -> None:
    properties = {
        "plain": {"type": "Integer"},
        "several": {"type": ["string", "null"]},
        "either": {"anyOf": [{"type": "string"}, {"oneOf": [{"type": "number"}]}]},
        "values": {"enum": [1, "a", None]},
        "constant": {"const": True},
        "referred": {"$ref": "#/$defs/x"},
        "circular": {"$ref": "#/properties/circular"},
        "odd": 7,
    }
    schema = {"type": "object", "properties": properties, "$defs": {"x": {"type": "array"}}}
    tools = Tools([{"type": "function", "function": {"name": "f", "parameters": schema}}, {"function": {}}, {}])
    found = {name: set(tools.types("f", name)) for name in (*properties, "unknown")}
    assert found == {
        "plain": {"integer"},
        "several": {"string", "null"},
        "either": {"string", "number"},
        "values": {"number", "string", "null"},
        "constant": {"boolean"},
        "referred": {"array"},
        "circular": set(),
        "odd": set(),
        "unknown": set(),
    }
    assert tools.types("g", "plain") == frozenset()
    assert "f" in tools
    assert "g" not in tools
    assert not Tools()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'a\\'b'", '"a\'b"'),
        ('"\\x41\\u00e9\\n\\q"', '"Aé\\n\\\\q"'),
        ("(1, 2.5, -3)", "[1, 2.5, -3]"),
        ("{'a': {}, \"b\": [],}", '{"a": {}, "b": []}'),
        ("[true, False, null, None]", "[true, false, null, null]"),
        ("1e5", "1e5"),
        ("1_000", None),
        ("0x10", None),
        ("name", None),
        ("[1", None),
        ("'open", None),
        ("{1: 2}", None),
        ("1 2", None),
        ("[" * 1000, None),
    ],
)
def test_what_python_writes(text: str, expected: str | None) -> None:
    assert read_literal(text) == expected


def test_escapes_are_never_half_a_character() -> None:
    assert unescape("\\ud83d\\ude00") == "\N{GRINNING FACE}"
    assert unescape("\\ud83d") == "\N{REPLACEMENT CHARACTER}"
    assert unescape("\\U99999999") == "\\U99999999"

"""Texts and values that are hard to tell from calls, for tests of parsers."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.property.parsing_formats import BAR, Call

NAMES = ("get_weather", "f", "search.web-2", "_x1")
LOOK_ALIKES = st.sampled_from(
    [
        *("<tool_call>", "</tool_call>", "<function=f>", "<parameter=a>", "</parameter>", "</function>", "<tool", "<"),
        *("[TOOL_CALLS]", "[ARGS]", "[TOOL", "[", "]", "{", "}", '"', "'", "\\", "\\n", "\\u0041", '{"name": "f"}'),
        *("<think>", "</think>", "</thi", "<|", "|>", "<|tool_call|>", "<|python_tag|>", "<|channel|>", "<|message|>"),
        *(
            "```",
            "```json",
            "```tool_code",
            "\n",
            "\r\n",
            "\t",
            " ",
            "functools[",
            "<arg_key>",
            "</arg_value>",
            "(",
            ")",
        ),
        *('<|"|>', "<escape>", "Action:", "\u2581", BAR, "\u2028", "\x00", "\x7f", "\U0001f600", "e\u0301", "to=f"),
        *("</invoke>", "<|tool_call_end|>", "<function_calls>", "call:f{", "f(a=1)", "<TOOLCALL>", "<|tools_prefix|>"),
        *('{"name": "get_weather", "arguments": {}}', "null", "true", "1", "None"),
    ]
)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
texts = st.lists(LOOK_ALIKES | words, max_size=5).map("".join)
keys = st.sampled_from(["a", "city", "x_1", "Unit"])
numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts


def values(names: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3))


def strings_in(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for name, item in value.items() for text in (name, *strings_in(item))]
        case list():
            return [text for item in value for text in strings_in(item)]
        case _:
            return []


def schema_type(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case None:
            return "null"
        case list():
            return "array"
        case _:
            return "object"


def tools_for(calls: Sequence[Call]) -> list[dict[str, Any]]:
    """Return tools whose parameters have the types that the calls need."""
    properties: dict[str, dict[str, str]] = {name: {} for name in NAMES}
    for call in calls:
        for name, value in call.arguments.items():
            properties[call.name][name] = schema_type(value)
    return [
        {
            "type": "function",
            "function": {
                "name": function,
                "parameters": {
                    "type": "object",
                    "properties": {name: {"type": kind} for name, kind in of.items()},
                },
            },
        }
        for function, of in properties.items()
    ]

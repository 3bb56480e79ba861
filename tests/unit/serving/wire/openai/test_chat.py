"""Requests for chat completions become ours."""

import json
from typing import Any

import pytest

from olbuild.core.errors import UsageError
from olbuild.running.requests import Chat, Grammar, Json
from olbuild.serving.wire.openai.chat import ChatRequest, as_chat
from olbuild.serving.wire.openai.sampling import completed, effective, seeded
from olbuild.serving.wire.strict import decode

TOOL = {"type": "function", "function": {"name": "weather", "description": "It", "parameters": {"type": "object"}}}
OTHER = {"type": "function", "function": {"name": "time"}}


def asked(**fields: Json) -> ChatRequest:
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], **fields}
    return decode(json.dumps(body).encode(), ChatRequest)


def chat(**fields: Json) -> Chat:
    return as_chat(asked(**fields))


def test_the_least() -> None:
    assert chat() == Chat(messages=({"role": "user", "content": "Hi"},))


def test_the_parameters_of_the_model_win_over_the_defaults_of_the_api() -> None:
    assert completed({}, {}) == {"temperature": 1.0, "top_p": 1.0}
    assert completed({}, {"temperature": 0.2, "stop": ("x",)}) == {"top_p": 1.0}
    assert completed({"top_p": 0.5}, {"temperature": 0.2}) == {"top_p": 0.5}


def test_the_value_that_counts_is_the_clients_else_the_models_else_the_default() -> None:
    assert effective("temperature", {"temperature": 0}, {"temperature": 0.2}) == 0
    assert effective("temperature", {}, {"temperature": 0.2}) == 0.2
    assert effective("temperature", {}, {}) == 1.0
    assert effective("presence_penalty", {}, {}) == 0.0


@pytest.mark.parametrize(("said", "stops"), [("a", ("a",)), (["a", 5], ("a",)), ([5], None), (5, None), ({}, None)])
def test_stops_that_are_no_texts_stop_nothing(said: object, stops: tuple[str, ...] | None) -> None:
    assert chat(stop=said).options.get("stop") == stops


def test_a_schema_that_asks_nothing_is_any_object() -> None:
    format_ = chat(response_format={"type": "json_schema", "json_schema": {"schema": {}}}).format
    assert format_ == Grammar(kind="json")


def test_options() -> None:
    given = chat(
        temperature=0,
        top_p=0.5,
        seed=7,
        stop="a",
        max_tokens=5,
        frequency_penalty=0.5,
        presence_penalty=0.25,
        top_k=3,
        min_p=0.1,
        repeat_penalty=1.1,
    )
    assert given.options == {
        "temperature": 0.0,
        "top_p": 0.5,
        "seed": 7,
        "stop": ("a",),
        "num_predict": 5,
        "frequency_penalty": 0.5,
        "presence_penalty": 0.25,
        "top_k": 3,
        "min_p": 0.1,
        "repeat_penalty": 1.1,
    }


def test_max_completion_tokens_is_the_newer_name() -> None:
    assert chat(max_tokens=5, max_completion_tokens=6).options["num_predict"] == 6


@pytest.mark.parametrize(
    ("format_", "expected"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, Grammar(kind="json")),
        (
            {"type": "json_schema", "json_schema": {"name": "x", "schema": {"b": {}, "a": None}}},
            Grammar(kind="json_schema", text='{"b":{},"a":null}'),
        ),
        ({"type": "grammar", "syntax": "regex", "definition": "a+"}, Grammar(kind="regex", text="a+")),
    ],
)
def test_formats(format_: object, expected: Grammar | None) -> None:
    assert chat(response_format=format_).format == expected


@pytest.mark.parametrize(
    ("choice", "expected", "names"),
    [
        (None, "auto", ["weather", "time"]),
        ("auto", "auto", ["weather", "time"]),
        ("none", "none", ["weather", "time"]),
        ("required", "required", ["weather", "time"]),
        ({"type": "function", "function": {"name": "time"}}, "time", ["weather", "time"]),
        (
            {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [OTHER]}},
            "required",
            ["time"],
        ),
        ({"type": "allowed_tools", "allowed_tools": {"mode": None, "tools": [OTHER]}}, "auto", ["time"]),
        ({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": None}}, "auto", []),
    ],
)
def test_choices_of_tools(choice: object, expected: str, names: list[str]) -> None:
    given = chat(tools=[TOOL, OTHER], tool_choice=choice)
    assert given.tool_choice == expected
    assert [tool["function"]["name"] for tool in given.tools] == names


def test_a_tool_without_parameters_has_an_empty_object_of_them() -> None:
    (tool,) = chat(tools=[OTHER]).tools
    assert tool["function"]["parameters"] == {"type": "object", "properties": {}}


def test_parallel_calls() -> None:
    assert chat(tools=[TOOL]).parallel
    assert not chat(tools=[TOOL], parallel_tool_calls=False).parallel


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"logprobs": False}, None),
        ({"logprobs": True}, 0),
        ({"logprobs": True, "top_logprobs": 3}, 3),
    ],
)
def test_logprobs(fields: dict[str, Any], expected: int | None) -> None:
    assert chat(**fields).logprobs == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"reasoning_effort": "none"}, False),
        ({"reasoning_effort": "minimal"}, "low"),
        ({"reasoning": {"effort": "high"}}, "high"),
        ({"reasoning_effort": "xhigh"}, "max"),
    ],
)
def test_effort(fields: dict[str, Any], expected: object) -> None:
    assert chat(**fields).think == expected


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"messages": []}, "[] is too short - 'messages'"),
        ({"messages": None}, "[] is too short - 'messages'"),
        ({"messages": [{"role": "user"}]}, "$.messages[0].content is missing"),
        ({"logit_bias": {"5": -100}}, "logit_bias is not supported"),
        ({"stop": ["x"] * 100}, "stop has 100 texts"),
        ({"top_logprobs": 21, "logprobs": True}, "top_logprobs must be between 0 and 20"),
        ({"reasoning_effort": "zz"}, 'invalid reasoning value: "zz"'),
        ({"functions": [{"name": "x"}]}, "functions are not supported"),
        ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "$.tools[0] is no function"),
        ({"tool_choice": "required"}, "there are no tools"),
        ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "x"}}}, "not among the tools"),
        ({"tools": [TOOL], "tool_choice": {"type": "custom", "name": "x"}}, "which is not supported"),
        ({"response_format": {"type": "json_schema"}}, "no schema"),
    ],
)
def test_what_is_impossible_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        chat(**fields)
    assert words in caught.value.message


@pytest.mark.parametrize("count", [0, -1, 17])
def test_how_many_answers_is_bounded(count: int) -> None:
    with pytest.raises(UsageError, match="between 1 and 16"):
        _ = asked(n=count).answers


def test_each_answer_has_its_own_seed() -> None:
    given = chat(seed=5)
    assert [seeded(given, number).options["seed"] for number in range(3)] == [5, 6, 7]
    assert seeded(chat(), 1) == chat()

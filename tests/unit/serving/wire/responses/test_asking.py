"""Requests of the Responses API become ours."""

import json
from typing import Any

import pytest

from olbuild.core.errors import UsageError
from olbuild.running.requests import Chat, Grammar, Json
from olbuild.serving.wire.responses.asking import ResponsesRequest, as_chat
from olbuild.serving.wire.strict import decode

TOOL = {"type": "function", "name": "f", "description": "It", "parameters": {"type": "object"}, "strict": True}


def asked(**fields: Json) -> ResponsesRequest:
    return decode(json.dumps({"model": "m", "input": "Hi", **fields}).encode(), ResponsesRequest)


def chat(**fields: Json) -> Chat:
    return as_chat(asked(**fields))


@pytest.mark.parametrize("nothing", [None, [], ""])
def test_nothing_is_asked_without_input(nothing: Json) -> None:
    assert chat(input=nothing).messages == ()


def test_a_text_is_a_message_behind_the_instructions() -> None:
    given = chat(instructions="Be terse", max_output_tokens=5, reasoning={"effort": "low"})
    assert given.messages == ({"role": "system", "content": "Be terse"}, {"role": "user", "content": "Hi"})
    assert given.options["num_predict"] == 5
    assert given.think == "low"


def test_tools_are_flat_here() -> None:
    given = chat(tools=[TOOL, {"type": "web_search_2025_08_26"}], tool_choice={"type": "function", "name": "f"})
    assert given.tools == (
        {"type": "function", "function": {"name": "f", "description": "It", "parameters": {"type": "object"}}},
    )
    assert given.tool_choice == "f"


def test_allowed_tools() -> None:
    given = chat(
        tools=[TOOL, {**TOOL, "name": "g"}],
        tool_choice={"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "g"}]},
    )
    assert given.tool_choice == "required"
    assert [tool["function"]["name"] for tool in given.tools] == ["g"]


def test_formats() -> None:
    format_ = {"type": "json_schema", "name": "x", "schema": {"type": "object"}, "strict": True}
    assert chat(text={"format": format_}).format == Grammar(kind="json_schema", text='{"type":"object"}')
    assert chat(text={"format": {"type": "text"}}).format is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({}, None), ({"top_logprobs": 2}, 2), ({"include": ["message.output_text.logprobs"]}, 0)],
)
def test_log_probabilities(fields: dict[str, Any], expected: int | None) -> None:
    assert chat(**fields).logprobs == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"model": ""},
        {"previous_response_id": "resp_1"},
        {"conversation": "c"},
        {"prompt": {"id": "x"}},
        {"background": True},
        {"tools": [{"type": "file_search"}]},
        {"tools": [{"type": "function"}]},
        {"top_logprobs": 50},
    ],
)
def test_what_is_impossible_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        chat(**fields)


def test_what_is_false_or_null_is_no_wish() -> None:
    chat(previous_response_id=None, background=False, store=True, conversation=None)

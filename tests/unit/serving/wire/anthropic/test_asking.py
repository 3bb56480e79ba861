"""Requests of the Messages API become ours."""

import json
from typing import Any

import pytest

from olbuild.core.errors import UsageError
from olbuild.running.requests import Chat, Grammar, Json
from olbuild.serving.wire.anthropic.asking import MessagesRequest, as_chat, check
from olbuild.serving.wire.strict import decode

TOOL = {"name": "f", "description": "It", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"}}


def asked(**fields: Json) -> MessagesRequest:
    body = {"model": "m", "max_tokens": 4, "messages": [{"role": "user", "content": "Hi"}], **fields}
    return decode(json.dumps(body).encode(), MessagesRequest)


def chat(**fields: Json) -> Chat:
    return as_chat(asked(**fields))


def test_the_least() -> None:
    assert chat() == Chat(messages=({"role": "user", "content": "Hi"},), options={"num_predict": 4})


@pytest.mark.parametrize("system", ["Be terse", [{"type": "text", "text": "Be terse"}]])
def test_the_system_text_is_the_first_message(system: object) -> None:
    assert chat(system=system).messages[0] == {"role": "system", "content": "Be terse"}


@pytest.mark.parametrize("content", ["Hi", [{"type": "text", "text": "Hi"}]])
def test_a_role_that_is_null_is_as_none(content: object) -> None:
    absent, null = (chat(messages=[{**role, "content": content}]) for role in ({}, {"role": None}))
    assert absent == null
    assert null.messages[0]["role"] == ""


def test_options() -> None:
    given = chat(temperature=0.5, top_p=0.9, top_k=5, stop_sequences=["x"])
    assert given.options == {"num_predict": 4, "temperature": 0.5, "top_p": 0.9, "top_k": 5, "stop": ("x",)}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, "auto"),
        ({"type": "auto"}, "auto"),
        ({"type": "any"}, "required"),
        ({"type": "tool", "name": "f"}, "f"),
        ({"type": "none"}, "none"),
    ],
)
def test_choices_of_tools(choice: object, expected: str) -> None:
    given = chat(tools=[TOOL], tool_choice=choice)
    assert given.tool_choice == expected
    assert given.tools[0]["function"] == {"name": "f", "description": "It", "parameters": {"type": "object"}}


def test_parallel_calls() -> None:
    assert not chat(tools=[TOOL], tool_choice={"type": "auto", "disable_parallel_tool_use": True}).parallel


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, True),
        ({"thinking": {"type": "disabled"}, "output_config": {"effort": "high"}}, False),
        ({"output_config": {"effort": "xhigh"}}, "high"),
    ],
)
def test_thinking(fields: dict[str, Any], expected: object) -> None:
    assert chat(**fields).think == expected


def test_formats() -> None:
    format_ = {"type": "json_schema", "schema": {"type": "object"}}
    expected = Grammar(kind="json_schema", text='{"type":"object"}')
    assert chat(output_config={"format": format_}).format == expected
    assert chat(output_format=format_).format == expected


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"model": None}, "model is required"),
        ({"model": ""}, "model is required"),
        ({"max_tokens": None}, "max_tokens is required"),
        ({"max_tokens": 0}, "max_tokens is required"),
        ({"messages": []}, "messages is required"),
    ],
)
def test_what_every_request_must_have(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check(asked(**fields))


def test_counting_needs_no_max_tokens() -> None:
    check(asked(max_tokens=None), counts=True)


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        {"tool_choice": {"type": "any"}},
        {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "g"}},
        {"system": [{"type": "image"}]},
        {"stop_sequences": ["x"] * 100},
    ],
)
def test_what_is_impossible_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        chat(**fields)


def test_blocks() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}
    given = chat(
        messages=[
            {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image", "source": source}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm", "signature": ""},
                    {"type": "text", "text": "so"},
                    {"type": "tool_use", "id": "t1", "name": "f", "input": {"x": 1}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "1"}]},
                    {"type": "tool_result", "tool_use_id": "t2", "content": "no", "is_error": True},
                    {"type": "text", "text": "and?"},
                ],
            },
        ]
    )
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": {"x": 1}}}
    assert list(given.messages) == [
        {"role": "user", "content": "a", "images": [b"\x89PNG"], "places": [1]},
        {"role": "assistant", "content": "so", "thinking": "hm", "tool_calls": [call]},
        {"role": "tool", "content": "1", "tool_call_id": "t1", "tool_name": "f", "name": "f"},
        {"role": "tool", "content": "Error: no", "tool_call_id": "t2"},
        {"role": "user", "content": "and?"},
    ]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "video"},
        {"type": "text"},
        {"type": "image", "source": {"type": "url", "url": "https://example.com"}},
        {"type": "document", "source": {"type": "base64", "data": "AAAA"}},
        {"type": "tool_use", "id": "x"},
        {"type": "tool_result", "content": "x"},
        {"type": "tool_result", "tool_use_id": "x", "content": 5},
    ],
)
def test_blocks_that_are_wrong_are_refused_with_their_place(block: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"\$\.messages\[0\]\.content\[0\]"):
        chat(messages=[{"role": "user", "content": [block]}])

"""Messages of the OpenAI API become those that templates know."""

import json
from typing import Any

import pytest

from olbuild.core.errors import UsageError
from olbuild.serving.wire.openai.messages import Message, plain_messages
from olbuild.serving.wire.strict import decode

IMAGE = "data:image/png;base64,iVBORw=="


def plain(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    return list(plain_messages(decode(json.dumps(messages).encode(), list[Message])))


def test_roles_that_templates_call_otherwise() -> None:
    given = plain({"role": "Developer", "content": "a"}, {"role": "function", "name": "f", "content": "b"})
    assert given == [
        {"role": "system", "content": "a"},
        {"role": "tool", "content": "b", "tool_name": "f", "name": "f"},
    ]


def test_a_role_that_is_null_is_as_none() -> None:
    assert plain({"role": None, "content": "a"}) == plain({"content": "a"}) == [{"role": "", "content": "a"}]


def test_parts_stay_one_message() -> None:
    parts = [
        {"type": "text", "text": "one"},
        {"type": "image_url", "image_url": {"url": IMAGE, "detail": "low"}},
        {"type": "text", "text": "two"},
        {"type": "image_url", "image_url": IMAGE},
    ]
    assert plain({"role": "user", "content": parts}) == [
        {"role": "user", "content": "onetwo", "images": [b"\x89PNG", b"\x89PNG"], "places": [3, 6]}
    ]


def test_calls_and_their_results() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"b": 1, "a": 2}'}}
    given = plain(
        {"role": "assistant", "content": None, "tool_calls": [call], "reasoning_content": "hm"},
        {"role": "tool", "tool_call_id": "c1", "content": "done"},
    )
    assert given == [
        {
            "role": "assistant",
            "content": "",
            "thinking": "hm",
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": {"b": 1, "a": 2}}}],
        },
        {"role": "tool", "content": "done", "tool_call_id": "c1", "tool_name": "f", "name": "f"},
    ]
    assert list(given[0]["tool_calls"][0]["function"]["arguments"]) == ["b", "a"]


@pytest.mark.parametrize("arguments", ["", None, {}])
def test_no_arguments_are_an_empty_object(arguments: object) -> None:
    call = {"function": {"name": "f", "arguments": arguments}}
    (given,) = plain({"role": "assistant", "content": "", "tool_calls": [call]})
    assert given["tool_calls"][0]["function"]["arguments"] == {}


@pytest.mark.parametrize("arguments", ["[]", "5", "{", "null", "[" * 100_000])
def test_other_arguments_are_refused(arguments: str) -> None:
    call = {"function": {"name": "f", "arguments": arguments}}
    with pytest.raises(UsageError, match=r"\$\.messages\[0\]\.tool_calls\[0\]"):
        plain({"role": "assistant", "content": "", "tool_calls": [call]})

"""Items of a conversation become messages."""

import json
from typing import Any

import pytest

from olbuild.core.errors import UsageError
from olbuild.serving.wire.responses.items import Item, plain_items
from olbuild.serving.wire.strict import decode


def plain(*items: dict[str, Any]) -> list[dict[str, Any]]:
    return list(plain_items(decode(json.dumps(items).encode(), list[Item])))


def test_what_the_assistant_gave_together_is_one_message() -> None:
    given = plain(
        {"role": "developer", "content": "Be terse"},
        {"role": "user", "content": [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "so"}]},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"x": 1}'},
        {"type": "function_call", "call_id": "c2", "name": "g", "arguments": ""},
        {"type": "function_call_output", "call_id": "c1", "output": "1"},
        {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "2"}]},
        {"type": "message", "role": "assistant", "content": "fine"},
        {"type": "message", "role": "assistant", "content": "really"},
    )
    calls = [
        {"id": "c1", "type": "function", "function": {"name": "f", "arguments": {"x": 1}}},
        {"id": "c2", "type": "function", "function": {"name": "g", "arguments": {}}},
    ]
    assert given == [
        {"role": "system", "content": "Be terse"},
        {"role": "user", "content": "a\nb"},
        {"role": "assistant", "content": "so", "thinking": "hm", "tool_calls": calls},
        {"role": "tool", "content": "1", "tool_call_id": "c1", "tool_name": "f", "name": "f"},
        {"role": "tool", "content": "2", "tool_call_id": "c2", "tool_name": "g", "name": "g"},
        {"role": "assistant", "content": "fine"},
        {"role": "assistant", "content": "really"},
    ]


def test_thoughts_that_nobody_can_read_are_dropped() -> None:
    assert plain({"type": "reasoning", "summary": []}, {"role": "assistant", "content": "a"}) == [
        {"role": "assistant", "content": "a"}
    ]


def test_thoughts_alone_count_at_the_end_only() -> None:
    thought = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}
    user = {"role": "user", "content": "a"}
    assert plain(thought, user) == [user]
    assert plain(user, thought) == [user, {"role": "assistant", "content": "", "thinking": "hm"}]


def test_images() -> None:
    parts = [{"type": "input_image", "image_url": "data:image/png;base64,iVBORw=="}]
    assert plain({"role": "user", "content": parts}) == [{"role": "user", "content": "", "images": [b"\x89PNG"]}]


@pytest.mark.parametrize(
    "item",
    [
        {"type": "item_reference", "id": "x"},
        {"content": "x"},
        {"type": "function_call", "call_id": "x"},
        {"role": "user", "content": [{"type": "input_file"}]},
        {"role": "user", "content": [{"type": "input_image"}]},
    ],
)
def test_what_is_wrong_is_refused_with_its_place(item: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"\$\.input\[0\]"):
        plain(item)

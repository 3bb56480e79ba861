"""The events of the Messages API."""

import json
from typing import Any

import msgspec

from olbuild.running.requests import Call, Delta, Done
from olbuild.serving.wire.anthropic.errors import error_answer
from olbuild.serving.wire.anthropic.stream import MessageStream

END = Done(finish="stop", prompt_tokens=10, tokens=4)
CALL = Call(id="call_1", name="f", arguments='{"a":1}')


def play(*events: Delta | Done, stops: tuple[str, ...] = ()) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    writing = MessageStream("msg_1", "m", stops)
    given = [*writing.begin(9), *(made for each in events for made in writing.take(each))]
    return [json.loads(msgspec.json.encode(each)) for each in given], json.loads(msgspec.json.encode(writing.message))


def test_a_text() -> None:
    events, message = play(Delta(content="I"), Delta(content="'m"), END)
    assert events == [
        {
            "type": "message_start",
            "message": {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "m",
                "content": [],
                "usage": {"input_tokens": 9, "output_tokens": 0},
            },
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "I"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "'m"}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"input_tokens": 10, "output_tokens": 4},
        },
        {"type": "message_stop"},
    ]
    assert message == {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": "I'm"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 10, "output_tokens": 4},
    }


def test_thoughts_a_text_and_calls_are_blocks_one_after_the_other() -> None:
    events, message = play(Delta(thinking="hm", content="so"), Delta(calls=(CALL, CALL)), END)
    assert message["content"] == [
        {"type": "thinking", "thinking": "hm", "signature": ""},
        {"type": "text", "text": "so"},
        {"type": "tool_use", "id": "call_1", "name": "f", "input": {"a": 1}},
        {"type": "tool_use", "id": "call_1", "name": "f", "input": {"a": 1}},
    ]
    assert message["stop_reason"] == "tool_use"
    starts = [event for event in events if event["type"] == "content_block_start"]
    assert [event["index"] for event in starts] == [0, 1, 2, 3]
    assert starts[2]["content_block"] == {"type": "tool_use", "id": "call_1", "name": "f", "input": {}}
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    assert deltas[2] == {"type": "input_json_delta", "partial_json": '{"a":1}'}
    stops = [event["index"] for event in events if event["type"] == "content_block_stop"]
    assert stops == [0, 1, 2, 3]


def test_only_stop_texts_of_the_request_are_named() -> None:
    _, named = play(Delta(content="a"), Done(finish="stop", stop="x"), stops=("x",))
    assert (named["stop_reason"], named["stop_sequence"]) == ("stop_sequence", "x")
    _, own = play(Delta(content="a"), Done(finish="stop", stop="<|im_end|>"), stops=("x",))
    assert own["stop_reason"] == "end_turn"
    assert "stop_sequence" not in own


def test_an_answer_that_became_too_long_says_so() -> None:
    _, message = play(Delta(calls=(CALL,)), Done(finish="length"))
    assert message["stop_reason"] == "max_tokens"


def test_an_empty_answer_is_an_empty_text() -> None:
    _, message = play(END)
    assert message["content"] == [{"type": "text", "text": ""}]


def test_errors() -> None:
    assert json.loads(msgspec.json.encode(error_answer(404, "model 'x' not found", "req_1"))) == {
        "type": "error",
        "error": {"type": "not_found_error", "message": "model 'x' not found"},
        "request_id": "req_1",
    }
    assert error_answer(500, "x", "r").error.type == "api_error"

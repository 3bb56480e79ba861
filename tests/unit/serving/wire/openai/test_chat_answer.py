"""Answers of chat completions, whole and as streams."""

import json
from typing import Any

import msgspec

from olbuild.running.requests import Alternative, Call, Delta, Done, Json, TokenLogprob
from olbuild.serving.wire.events import event
from olbuild.serving.wire.openai.chat_answer import ChatStream, completion

END = Done(finish="stop", prompt_tokens=10, tokens=4)
TOKEN = TokenLogprob(
    token="I", data=b"I", logprob=-0.5, top=(Alternative(token="A", data=b"A", logprob=float("-inf")),) * 3
)
CALL = Call(id="call_1", name="f", arguments='{"a":1}')


def plain(value: object) -> Json:
    return json.loads(msgspec.json.encode(value))


def stream(*events: Delta | Done, alternatives: int | None = None) -> list[dict[str, Any]]:
    writer = ChatStream("chatcmpl-1", 5, "m", alternatives)
    return [plain(chunk) for each in events for chunk in writer.take(0, each)]


def test_a_whole_answer_has_the_keys_that_ollamas_has() -> None:
    given = completion("chatcmpl-1", 5, "m", [(Delta(content="I'm glad"), END)], None)
    assert plain(given) == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 5,
        "model": "m",
        "system_fingerprint": "fp_ollama",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "I'm glad"}, "finish_reason": "stop"},
        ],
        "usage": {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14},
    }


def test_several_answers_share_the_prompt() -> None:
    given = completion("c", 5, "m", [(Delta(), END), (Delta(), END)], None)
    assert [choice.index for choice in given.choices] == [0, 1]
    assert plain(given.usage) == {"prompt_tokens": 10, "completion_tokens": 8, "total_tokens": 18}


def test_calls_thoughts_and_log_probabilities_of_a_whole_answer() -> None:
    answer = (Delta(thinking="hm", logprobs=(TOKEN,), calls=(CALL,)), END)
    (choice,) = plain(completion("c", 5, "m", [answer], 2))["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"] == {
        "role": "assistant",
        "content": "",
        "reasoning": "hm",
        "reasoning_content": "hm",
        "tool_calls": [
            {"id": "call_1", "index": 0, "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
        ],
    }
    assert choice["logprobs"]["content"] == [
        {
            "token": "I",
            "logprob": -0.5,
            "bytes": [73],
            "top_logprobs": [{"token": "A", "logprob": -9999.0, "bytes": [65]}] * 2,
        }
    ]


def test_without_alternatives_there_is_no_key_for_them() -> None:
    (choice,) = plain(completion("c", 5, "m", [(Delta(content="I", logprobs=(TOKEN,)), END)], 0))["choices"]
    assert choice["logprobs"]["content"] == [{"token": "I", "logprob": -0.5, "bytes": [73]}]


def test_a_stream() -> None:
    given = stream(Delta(content="I"), Delta(content="'m"), END)
    assert [chunk["choices"][0] for chunk in given] == [
        {"index": 0, "delta": {"role": "assistant", "content": "I"}, "finish_reason": None},
        {"index": 0, "delta": {"content": "'m"}, "finish_reason": None},
        {"index": 0, "delta": {}, "finish_reason": "stop"},
    ]
    assert {(chunk["id"], chunk["object"], chunk["created"]) for chunk in given} == {
        ("chatcmpl-1", "chat.completion.chunk", 5)
    }
    assert all("usage" not in chunk for chunk in given)


def test_an_empty_answer_still_has_a_role() -> None:
    first, last = stream(Done(finish="length"))
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert last["choices"][0]["finish_reason"] == "length"


def test_calls_of_a_stream_count_on() -> None:
    given = stream(Delta(thinking="hm", content="so"), Delta(calls=(CALL,)), Delta(calls=(CALL, CALL)), END)
    deltas = [chunk["choices"][0]["delta"] for chunk in given]
    assert deltas[0] == {"role": "assistant", "content": "", "reasoning": "hm", "reasoning_content": "hm"}
    assert deltas[1] == {"content": "so"}
    assert [call["index"] for delta in deltas for call in delta.get("tool_calls", [])] == [0, 1, 2]
    assert given[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_log_probabilities_of_a_stream_come_once() -> None:
    given = stream(Delta(thinking="hm", content="so", logprobs=(TOKEN,)), Delta(logprobs=(TOKEN,)), END, alternatives=0)
    counts = [len((chunk["choices"][0].get("logprobs") or {"content": []})["content"]) for chunk in given]
    assert counts == [1, 0, 1, 0]


def test_usage_comes_behind_all_answers() -> None:
    writer = ChatStream("c", 5, "m", None)
    for index in (1, 0):
        list(writer.take(index, END))
    given = plain(writer.usage())
    assert given["choices"] == []
    assert given["usage"] == {"prompt_tokens": 10, "completion_tokens": 8, "total_tokens": 18}


def test_an_event_is_one_line_of_data() -> None:
    assert event({"a": "x\ny"}) == b'data: {"a":"x\\ny"}\n\n'
    assert event({}, "ping") == b"event: ping\ndata: {}\n\n"

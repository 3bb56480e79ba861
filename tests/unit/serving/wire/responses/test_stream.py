"""The events of the Responses API."""

import json
from typing import Any

import msgspec

from olbuild.running.requests import Call, Delta, Done, Json, TokenLogprob
from olbuild.serving.wire.responses.answer import begun
from olbuild.serving.wire.responses.asking import ResponsesRequest, as_chat
from olbuild.serving.wire.responses.stream import ResponseStream
from olbuild.serving.wire.strict import decode

END = Done(finish="stop", prompt_tokens=10, tokens=4, cached_tokens=3)
CALL = Call(id="call_1", name="f", arguments='{"a":1}')


def writer(alternatives: int | None = None, **fields: Json) -> ResponseStream:
    asked = decode(json.dumps({"model": "m", "input": "Hi", **fields}).encode(), ResponsesRequest)
    response = begun("resp_1", 5, asked, as_chat(asked), {})
    numbers = iter(range(100))
    return ResponseStream(response, lambda prefix: f"{prefix}{next(numbers)}", lambda: 6, alternatives)


def play(writing: ResponseStream, *events: Delta | Done) -> list[dict[str, Any]]:
    given = [*writing.begin(), *(made for each in events for made in writing.take(each))]
    return [json.loads(msgspec.json.encode(each)) for each in given]


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"].removeprefix("response.") for event in events]


def test_a_text_as_ollama_streams_it() -> None:
    given = play(writer(), Delta(content="I"), Delta(content="'m"), END)
    assert names(given) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [event["sequence_number"] for event in given] == list(range(10))
    assert given[0]["response"]["output"] == []
    assert given[0]["response"]["status"] == "in_progress"
    place = {"output_index": 0, "item_id": "msg_0"}
    assert given[4] == {
        "type": "response.output_text.delta",
        "sequence_number": 4,
        **place,
        "content_index": 0,
        "delta": "I",
        "logprobs": [],
    }
    message = {
        "id": "msg_0",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "I'm", "annotations": [], "logprobs": []}],
    }
    assert given[-2]["item"] == message
    assert given[-1]["response"]["output"] == [message]
    assert given[-1]["response"]["usage"] == {
        "input_tokens": 10,
        "output_tokens": 4,
        "total_tokens": 14,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }


def test_thoughts_a_text_and_calls_are_items_one_after_the_other() -> None:
    given = play(writer(), Delta(thinking="h"), Delta(thinking="m"), Delta(content="so", calls=(CALL, CALL)), END)
    assert names(given)[2:] == [
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        *(
            "output_item.added",
            "function_call_arguments.delta",
            "function_call_arguments.done",
            "output_item.done",
        )
        * 2,
        "completed",
    ]
    output = given[-1]["response"]["output"]
    assert [item["type"] for item in output] == ["reasoning", "message", "function_call", "function_call"]
    assert output[0]["summary"] == [{"type": "summary_text", "text": "hm"}]
    assert (output[2]["call_id"], output[2]["arguments"], output[2]["status"]) == ("call_1", '{"a":1}', "completed")
    assert [event["output_index"] for event in given if event["type"].endswith("item.done")] == [0, 1, 2, 3]
    added = [event["item"]["id"] for event in given if event["type"].endswith("item.added")]
    assert added == [item["id"] for item in output]


def test_an_answer_that_became_too_long_is_complete_as_in_ollama() -> None:
    last = play(writer(max_output_tokens=4), Delta(content="I"), Done(finish="length"))[-1]
    assert last["type"] == "response.completed"
    assert last["response"]["status"] == "completed"
    assert last["response"]["incomplete_details"] is None
    assert last["response"]["output"][0]["status"] == "completed"


def test_an_empty_answer_is_an_empty_message() -> None:
    (item,) = play(writer(), END)[-1]["response"]["output"]
    assert item["content"][0]["text"] == ""


def test_a_failure_is_the_last_event() -> None:
    writing = writer()
    play(writing, Delta(content="I"))
    error, failed = (json.loads(msgspec.json.encode(each)) for each in writing.fail("it broke"))
    assert (error["type"], error["message"], error["sequence_number"]) == ("error", "it broke", 5)
    assert failed["response"]["status"] == "failed"
    assert failed["response"]["error"] == {"code": "server_error", "message": "it broke"}


def test_log_probabilities_come_with_the_text_and_at_its_end() -> None:
    token = TokenLogprob(token="I", data=b"I", logprob=-1)
    given = play(writer(0), Delta(content="I", logprobs=(token,)), END)
    expected = [{"token": "I", "logprob": -1.0, "bytes": [73]}]
    assert given[4]["logprobs"] == expected
    assert given[-1]["response"]["output"][0]["content"][0]["logprobs"] == expected


def test_the_request_is_repeated_in_the_answer() -> None:
    tool = {"type": "function", "name": "f", "parameters": {"type": "object"}}
    response = writer(
        tools=[tool],
        tool_choice={"type": "function", "name": "f"},
        text={"format": {"type": "json_schema", "name": "x", "schema": {}}},
        temperature=0,
        metadata={"a": "b"},
    ).response
    plain = json.loads(msgspec.json.encode(response))
    assert plain["tools"] == [tool]
    assert plain["tool_choice"] == {"type": "function", "name": "f"}
    assert plain["text"]["format"]["name"] == "x"
    assert (plain["temperature"], plain["top_p"], plain["metadata"]) == (0, 1, {"a": "b"})
    usual = json.loads(msgspec.json.encode(writer().response))
    assert (usual["text"], usual["tool_choice"], usual["reasoning"]) == ({"format": {"type": "text"}}, "auto", None)

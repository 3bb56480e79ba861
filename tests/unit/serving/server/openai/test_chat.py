"""``/v1/chat/completions`` over HTTP."""

from collections.abc import Mapping

import pytest

from olbuild.core.errors import BusyError, EngineError, UsageError
from olbuild.running.requests import Chat, Json
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Reply, Served

PATH = "/v1/chat/completions"
HI = [{"role": "user", "content": "Hi there you"}]
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def ask(server: Served, **fields: Json) -> Reply:
    return server.post(PATH, {"model": "smol", "messages": HI, **fields})


def asked(manager: EchoManager) -> Chat:
    (request,) = manager.asked
    assert isinstance(request, Chat)
    return request


def error(message: str, kind: str) -> Mapping[str, object]:
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def test_an_answer(server: Served, manager: EchoManager) -> None:
    reply = ask(server, temperature=0, seed=1)
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json; charset=utf-8")
    document = reply.json()
    assert document["choices"] == [
        {"index": 0, "message": {"role": "assistant", "content": "Hi there you"}, "finish_reason": "stop"}
    ]
    assert document["model"] == "smol"
    assert document["usage"] == {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    assert asked(manager).options == {"temperature": 0.0, "top_p": 1.0, "seed": 1}
    assert asked(manager).client == "127.0.0.1"


def test_a_stream(server: Served) -> None:
    reply = ask(server, stream=True, stream_options={"include_usage": True})
    assert reply.headers["content-type"].startswith("text/event-stream")
    *chunks, done = [data for _, data in reply.events()]
    assert done == "[DONE]"
    texts = [chunk["choices"][0]["delta"].get("content") for chunk in chunks if chunk["choices"]]
    assert texts == ["Hi", " there", " you", None]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["total_tokens"] == 10


@pytest.mark.parametrize("stream", [False, True])
def test_several_answers_have_seeds_of_their_own(server: Served, manager: EchoManager, *, stream: bool) -> None:
    reply = ask(server, n=3, seed=5, stream=stream, stream_options={"include_usage": True})
    assert {request.options["seed"] for request in manager.asked if isinstance(request, Chat)} == {5, 6, 7}
    texts = ["", "", ""]
    if stream:
        parts = [data for _, data in reply.events() if data != "[DONE]"]
        for choice in (choice for part in parts for choice in part["choices"]):
            texts[choice["index"]] += choice["delta"].get("content", "")
        used = parts[-1]["usage"]
    else:
        for choice in reply.json()["choices"]:
            texts[choice["index"]] = choice["message"]["content"]
        used = reply.json()["usage"]
    assert texts == ["Hi there you"] * 3
    assert used == {"prompt_tokens": 7, "completion_tokens": 9, "total_tokens": 16}


def test_a_call(server: Served) -> None:
    (choice,) = ask(server, tools=[TOOL]).json()["choices"]
    assert choice["finish_reason"] == "tool_calls"
    (call,) = choice["message"]["tool_calls"]
    assert call["function"] == {"name": "f", "arguments": '{"said": "Hi there you"}'}


@pytest.mark.parametrize(
    ("fields", "status", "message", "kind"),
    [
        ({"messages": []}, 400, "[] is too short - 'messages'", "invalid_request_error"),
        ({"model": "nope"}, 404, "model 'nope' not found", "not_found_error"),
        ({"model": None}, 400, "model is required", "invalid_request_error"),
        ({"n": 0}, 400, "n is 0, and must be between 1 and 16", "invalid_request_error"),
    ],
)
def test_errors_have_the_shape_of_the_api(
    server: Served, fields: dict[str, Json], status: int, message: str, kind: str
) -> None:
    reply = ask(server, **fields)
    assert (reply.status, reply.json()) == (status, error(message, kind))


def test_what_the_model_cannot_do_is_said(server: Served, manager: EchoManager) -> None:
    manager.facts = type(manager.facts)(capabilities=("completion",))
    reply = ask(server, reasoning_effort="high")
    assert (reply.status, reply.json()) == (400, error('"smol" does not support thinking', "invalid_request_error"))
    assert not manager.asked


def test_a_busy_server_says_when_to_come_back(server: Served, manager: EchoManager) -> None:
    manager.busy = BusyError("too many", retry_after=2.5)
    reply = ask(server, stream=True)
    assert (reply.status, reply.headers["retry-after"]) == (503, "3")
    assert reply.json() == error("too many", "api_error")


@pytest.mark.parametrize("stream", [False, True])
def test_what_is_refused_before_anything_was_said_has_its_status(
    server: Served, manager: EchoManager, *, stream: bool
) -> None:
    manager.failure = UsageError("uniqueItems is not supported")
    reply = ask(server, stream=stream, n=2)
    assert (reply.status, reply.json()) == (400, error("uniqueItems is not supported", "invalid_request_error"))


@pytest.mark.parametrize("count", [1, 2])
def test_what_fails_in_the_middle_of_a_stream_is_not_lost(server: Served, manager: EchoManager, count: int) -> None:
    manager.failure, manager.fails_after = EngineError("the model's process ended"), 2
    events = [data for _, data in ask(server, stream=True, n=count).events()]
    assert events[0]["choices"][0]["delta"]["content"] == "Hi"
    assert events[-1] == error("the model's process ended", "api_error")
    assert manager.left == count
    assert manager.finished == 0

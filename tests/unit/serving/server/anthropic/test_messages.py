"""``/v1/messages`` over HTTP."""

import pytest

from olbuild.core.errors import EngineError, UsageError
from olbuild.running.requests import Chat, CountTokens, Json
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Reply, Served

PATH = "/v1/messages"
HI = [{"role": "user", "content": "Hi there you"}]


def ask(server: Served, **fields: Json) -> Reply:
    return server.post(PATH, {"model": "smol", "max_tokens": 9, "messages": HI, **fields})


def test_an_answer(server: Served, manager: EchoManager) -> None:
    document = ask(server, system="Be terse").json()
    assert document.pop("id").startswith("msg_")
    assert document == {
        "type": "message",
        "role": "assistant",
        "model": "smol",
        "content": [{"type": "text", "text": "Hi there you"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 7, "output_tokens": 3},
    }
    (question,) = manager.asked
    assert isinstance(question, Chat)
    assert question.options == {"num_predict": 9}


def test_a_stream_begins_with_the_true_size_of_the_prompt(server: Served) -> None:
    events = ask(server, stream=True).events()
    assert all(name == data["type"] for name, data in events)
    assert [name for name, _ in events] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert events[0][1]["message"]["usage"] == {"input_tokens": 3, "output_tokens": 0}


def test_who_cannot_think_is_not_asked_to(server: Served, manager: EchoManager) -> None:
    manager.facts = type(manager.facts)(capabilities=("completion",))
    assert ask(server, thinking={"type": "enabled", "budget_tokens": 1024}).status == 200


@pytest.mark.parametrize("stream", [False, True])
def test_errors_have_the_shape_of_the_api(server: Served, manager: EchoManager, *, stream: bool) -> None:
    reply = ask(server, model="nope", stream=stream)
    document = reply.json()
    assert reply.status == 404
    assert document.pop("request_id").startswith("req_")
    assert document == {"type": "error", "error": {"type": "not_found_error", "message": "model 'nope' not found"}}
    manager.failure = UsageError("too long")
    assert ask(server, stream=stream).status == 400


def test_what_fails_in_the_middle_of_a_stream_is_not_lost(server: Served, manager: EchoManager) -> None:
    manager.failure, manager.fails_after = EngineError("it broke"), 2
    name, data = ask(server, stream=True).events()[-1]
    assert (name, data["error"]) == ("error", {"type": "api_error", "message": "it broke"})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"model": None}, "model is required"),
        ({"max_tokens": None}, "max_tokens is required and must be positive"),
        ({"messages": []}, "messages is required"),
    ],
)
def test_what_is_missing(server: Served, fields: dict[str, Json], message: str) -> None:
    reply = ask(server, **fields)
    assert (reply.status, reply.json()["error"]["message"]) == (400, message)


def test_counting(server: Served, manager: EchoManager) -> None:
    reply = server.post(f"{PATH}/count_tokens", {"model": "smol", "messages": HI, "system": "Be terse"})
    assert reply.json() == {"input_tokens": 3}
    (question,) = manager.asked
    assert isinstance(question, CountTokens)
    assert len(question.request.messages) == 2
    assert not question.request.truncate  # what is too long is counted, too

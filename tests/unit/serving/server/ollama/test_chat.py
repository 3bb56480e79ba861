"""What ``/api/chat`` makes of a request, and of the events that answer it."""

import pytest

from olbuild.core.errors import BusyError, EngineError
from olbuild.running.requests import Chat, Grammar
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Served

HI = {"role": "user", "content": "Hi there you"}


def _asked(manager: EchoManager) -> Chat:
    (request,) = manager.asked
    assert isinstance(request, Chat)
    return request


def test_an_answer_is_streamed_a_line_for_each_part(server: Served) -> None:
    reply = server.post("/api/chat", {"model": "smol", "messages": [HI]})
    assert (reply.status, reply.headers["content-type"]) == (200, "application/x-ndjson")
    *parts, last = reply.lines()
    assert [part["message"] for part in parts] == [
        {"role": "assistant", "content": text} for text in ("Hi", " there", " you")
    ]
    assert all(part["model"] == "smol" and part["done"] is False for part in parts)
    assert last.pop("created_at").endswith("Z")
    assert last.pop("total_duration") >= last.pop("load_duration") > 0
    assert last == {
        "model": "smol",
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 7,
        "prompt_eval_duration": 250_000_000,
        "eval_count": 3,
        "eval_duration": 500_000_000,
    }


def test_without_a_stream_the_answer_is_one_object(server: Served) -> None:
    reply = server.post("/api/chat", {"model": "smol", "messages": [HI], "stream": False})
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert reply.json()["message"] == {"role": "assistant", "content": "Hi there you"}


def test_what_is_wished_reaches_the_model(server: Served, manager: EchoManager) -> None:
    server.post(
        "/api/chat",
        {
            "MODEL": "SMOL",
            "messages": [{"role": "User", "content": None, "images": ["aGk="]}, {"role": "tool", "tool_name": "f"}],
            "options": {"temperature": 0, "num_predict": 4.9, "stop": ["a"], "unknown": 1, "seed": None},
            "format": {"type": "object"},
            "think": "low",
            "truncate": False,
            "shift": None,
            "keep_alive": "1m",
            "logprobs": True,
            "top_logprobs": 2,
            "stream": False,
        },
    )
    asked = _asked(manager)
    assert asked.messages == (
        {"role": "user", "content": "", "images": [b"hi"]},
        {"role": "tool", "content": "", "tool_name": "f"},
    )
    assert asked.options == {"temperature": 0.0, "num_predict": 4, "stop": ("a",)}
    assert asked.format == Grammar(kind="json_schema", text='{"type":"object"}')
    assert (asked.think, asked.truncate, asked.shift, asked.logprobs) == ("low", False, True, 2)
    assert (manager.wanted[0].name, manager.wanted[0].keep_alive) == ("smol:latest", 60.0)
    assert manager.wanted[0].client == "127.0.0.1"


def test_calls_are_objects_with_an_index(server: Served) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    reply = server.post("/api/chat", {"model": "smol", "messages": [HI], "tools": [tool], "stream": False})
    assert reply.json()["message"]["tool_calls"] == [
        {"id": "call_00000000", "function": {"index": 0, "name": "f", "arguments": {"said": "Hi there you"}}}
    ]


def test_thoughts_and_logprobs_have_fields_of_their_own(server: Served) -> None:
    asked = {"model": "smol", "messages": [{"role": "user", "content": "Hi"}], "think": True, "logprobs": True}
    reply = server.post("/api/chat", {**asked, "top_logprobs": 1, "stream": False}).json()
    assert reply["message"] == {"role": "assistant", "content": "Hi", "thinking": "hm"}
    token = {"token": "Hi", "logprob": -0.5, "bytes": [72, 105]}
    assert reply["logprobs"] == [{**token, "top_logprobs": [token]}]


@pytest.mark.parametrize(("keep_alive", "reason"), [(None, "load"), (0, "unload"), ("0s", "unload")])
def test_no_messages_load_or_unload(server: Served, manager: EchoManager, keep_alive: object, reason: str) -> None:
    reply = server.post("/api/chat", {"model": "smol", "messages": [], "keep_alive": keep_alive})
    assert reply.json() | {"created_at": ""} == {
        "model": "smol",
        "created_at": "",
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": reason,
    }
    assert len(manager.running()) == (reason == "load")


def test_a_prompt_is_shown_and_not_asked(server: Served) -> None:
    reply = server.post("/api/chat", {"model": "smol", "messages": [HI], "_debug_render_only": True})
    assert reply.json()["_debug_info"] == {"rendered_template": "<Hi there you>"}
    assert reply.json()["message"] == {"role": "", "content": ""}
    assert b"\\u003cHi" in reply.data


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({}, 400, "model is required"),
        ({"model": "nope", "messages": [HI]}, 404, "model 'nope' not found"),
        ({"model": "a/b/c/d/e", "messages": [HI]}, 400, "model is required"),
        ({"model": "smol", "messages": "x"}, 400, "cannot unmarshal string into Go struct field ChatRequest.messages"),
        ({"model": "smol", "messages": [{"content": []}]}, 400, "ChatRequest.messages.content of type string"),
        ({"model": "smol", "messages": [HI], "think": "banana"}, 400, 'invalid think value: "banana"'),
        ({"model": "smol", "messages": [HI], "format": "xml"}, 400, "invalid format"),
        ({"model": "smol", "messages": [HI], "options": {"stop": "a"}}, 500, 'option "stop" must be of type array'),
        ({"model": "smol", "messages": [HI], "options": {"top_p": 10**400}}, 400, "json: cannot unmarshal number"),
        (
            {"model": "smol", "messages": [HI], "options": {"seed": "7"}},
            500,
            'option "seed" must be of type integer',
        ),
        ({"model": "smol", "messages": [HI], "keep_alive": "5q"}, 400, 'time: unknown unit "q" in duration "5q"'),
        ({"model": "smol", "messages": [HI], "top_logprobs": 21}, 400, "top_logprobs must be between 0 and 20"),
        (b"", 400, "missing request body"),
        (b"\xff", 400, "invalid character"),
    ],
)
def test_what_cannot_be_is_refused(server: Served, body: object, status: int, text: str) -> None:
    reply = server.post("/api/chat", body)
    assert reply.status == status
    assert list(reply.json()) == ["error"]
    assert text in reply.json()["error"]


def test_what_the_model_lacks_is_said(server: Served, manager: EchoManager) -> None:
    manager.facts = type(manager.facts)(capabilities=("completion",))
    reply = server.post("/api/chat", {"model": "smol", "messages": [HI], "think": True})
    assert (reply.status, reply.json()) == (400, {"error": '"smol" does not support thinking'})


@pytest.mark.parametrize("stream", [True, False])
def test_an_error_before_the_first_part_has_a_status(server: Served, manager: EchoManager, *, stream: bool) -> None:
    manager.busy = BusyError("too many wait", retry_after=2.5)
    reply = server.post("/api/chat", {"model": "smol", "messages": [HI], "stream": stream})
    assert (reply.status, reply.headers["retry-after"]) == (503, "3")


def test_an_error_behind_it_is_the_last_line(server: Served, manager: EchoManager) -> None:
    manager.failure, manager.fails_after = EngineError("the process of /home/me/x ended"), 1
    reply = server.post("/api/chat", {"model": "smol", "messages": [HI]})
    assert reply.status == 200
    assert reply.lines()[1:] == [{"error": "the process of x ended"}]

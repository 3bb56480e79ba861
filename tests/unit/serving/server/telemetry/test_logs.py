"""The log."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from olbuild.core.errors import EngineError
from olbuild.serving.server.telemetry.logs import logging_to
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Served

HI = {"model": "smol", "messages": [{"role": "user", "content": "Hi there you"}], "stream": False}


@contextmanager
def logged(form: Literal["text", "json"]) -> Iterator[io.StringIO]:
    """Hear the log."""
    stream = io.StringIO()
    with logging_to(stream, form):
        yield stream


def test_a_line_of_json_for_each_request(server: Served) -> None:
    with logged("json") as stream:
        server.ask("POST", "/api/chat", HI, {"x-request-id": "abc"})
        server.ask("GET", "/healthz")
    (line,) = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert line.pop("time").endswith("Z")
    assert line.pop("seconds") > 0
    assert line.pop("bytes") > 0
    assert line.pop("first_seconds") >= 0
    assert line.pop("message").startswith("200 POST '/api/chat'")
    assert line == {
        "level": "info",
        "logger": "olbuild.access",
        "request_id": "abc",
        "method": "POST",
        "path": "/api/chat",
        "status": 200,
        "client": "127.0.0.1",
        "model": "smol:latest",
        "load_seconds": 0.5,
        "prompt_tokens": 7,
        "cached_tokens": 3,
        "output_tokens": 3,
    }


def test_an_error_within_a_stream_is_in_the_line(server: Served, manager: EchoManager) -> None:
    manager.failure, manager.fails_after = EngineError("it broke"), 1
    with logged("json") as stream:
        reply = server.post("/api/chat", {**HI, "stream": True})
    (line,) = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert (reply.status, line["status"], line["error"]) == (200, 200, "EngineError")


def test_who_is_not_let_in_is_in_the_log(server: Served) -> None:
    with logged("json") as stream:
        replies = [
            server.ask("GET", "/api/tags", headers=headers)
            for headers in ({"host": "evil.example"}, {"origin": "https://evil.example"})
        ]
        server.ask("GET", "/healthz")  # an answer without body is there a moment before its line
    lines = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert [reply.status for reply in replies] == [line["status"] for line in lines] == [403, 403]
    assert [reply.headers["x-request-id"] for reply in replies] == [line["request_id"] for line in lines]


def test_nobody_writes_lines_of_their_own(server: Served) -> None:
    with logged("text") as stream:
        server.ask("GET", "/%0d%0a%1b[31mx", headers={"x-forwarded-for": "1.2.3.4 GET /admin 200"})
        logging.getLogger("olbuild.worker").info("a\nb\x1b[2J")
        logging.getLogger("asyncio").warning("c")
    lines = stream.getvalue().splitlines()
    assert len(lines) == 3
    assert "admin" not in lines[0]
    assert lines[1].endswith("info: a\\nb\\x1b[2J")
    assert all(line.isprintable() for line in lines)


def test_a_line_for_a_person(server: Served) -> None:
    with logged("text") as stream:
        server.ask("GET", "/api/%0aversion", headers={"x-request-id": "abc"})
    (line,) = stream.getvalue().splitlines()
    assert "info: 404 GET '/api/\\nversion'" in line
    assert line.endswith("abc")


def test_what_nobody_foresaw_is_logged_with_its_request(server: Served, manager: EchoManager) -> None:
    manager.failure = EngineError("x")
    manager.failure.hint = 5  # type: ignore[assignment]
    manager.busy = ZeroDivisionError("secret")  # type: ignore[assignment]
    with logged("json") as stream:
        reply = server.ask("POST", "/api/chat", HI, {"x-request-id": "abc"})
    assert reply.status == 500
    assert "secret" not in reply.data.decode()
    line = json.loads(stream.getvalue().splitlines()[0])
    assert (line["level"], line["request_id"]) == ("error", "abc")
    assert "ZeroDivisionError" in line["exception"]

"""The log."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from olbuild.core.errors import EngineError
from olbuild.serving.server.telemetry.logs import log_to
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Served

HI = {"model": "smol", "messages": [{"role": "user", "content": "Hi there you"}], "stream": False}


@contextmanager
def logged(form: Literal["text", "json"]) -> Iterator[io.StringIO]:
    """Hear the log."""
    logger, stream = logging.getLogger("olbuild"), io.StringIO()
    before = logger.level, logger.propagate
    handler = log_to(stream, form)
    try:
        yield stream
    finally:
        logger.removeHandler(handler)
        logger.level, logger.propagate = before


def test_a_line_of_json_for_each_request(server: Served) -> None:
    with logged("json") as stream:
        server.ask("POST", "/api/chat", HI, {"x-request-id": "abc"})
        server.ask("GET", "/healthz")
    (line,) = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert line.pop("time").endswith("Z")
    assert line.pop("seconds") > 0
    assert line.pop("bytes") > 0
    assert line.pop("message").startswith("200 POST '/api/chat'")
    assert line == {
        "level": "info",
        "logger": "olbuild.access",
        "request_id": "abc",
        "method": "POST",
        "path": "/api/chat",
        "status": 200,
        "client": "127.0.0.1",
    }


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

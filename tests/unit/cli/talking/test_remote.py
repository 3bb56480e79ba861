"""A model at a server: what is asked of it and what comes back, with a real server of canned lines."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from olbuild.artifact.bundle import Message
from olbuild.cli.server import client_of
from olbuild.cli.talking.loop import answer
from olbuild.cli.talking.remote import Remote
from olbuild.cli.talking.state import Talk
from olbuild.core.errors import EngineError, NotFoundError, UsageError
from olbuild.running.requests import Chat, Delta, Grammar

LINES = (
    {"message": {"role": "assistant", "content": "", "thinking": "Hm."}, "done": False},
    {"message": {"role": "assistant", "content": "Yes."}, "done": False},
    {
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": "length",
        "prompt_eval_count": 7,
        "prompt_eval_duration": 500_000_000,
        "eval_count": 3,
        "eval_duration": 1_000_000_000,
    },
)


SAID = {"capabilities": ["vision"], "system": "Be brief.", "messages": [{"role": "user", "content": "Hi"}]}


class Handler(BaseHTTPRequestHandler):
    asked: list[tuple[str, dict[str, Any]]]

    def do_GET(self) -> None:
        self._send(200, b'{"models": [{"name": "me/a:latest"}, {"name": "me/b:latest"}]}')

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, body))
        if body["model"] == "nothing":
            self._send(404, b'{"error": "model \'nothing\' not found"}')
        elif self.path == "/api/show":
            self._send(200, json.dumps(SAID).encode())
        elif self.path == "/api/chat":
            lines = LINES[:1] if body["options"].get("seed") == 1 else LINES
            self._send(200, b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        else:
            self._send(200, b'{"status": "success"}')

    def _send(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that it has there
        """Say nothing."""


@pytest.fixture
def asked() -> list[tuple[str, dict[str, Any]]]:
    return []


@pytest.fixture
def host(asked: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Recording", (Handler,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_answer(host: str, asked: list[tuple[str, dict[str, Any]]]) -> None:
    with Remote(client_of(host), "me/a", keep_alive="10m") as model:
        assert model.capabilities == {"vision"}
        request = Chat(
            messages=({"role": "user", "content": "Hi", "images": (b"png",)},),
            options={"top_k": 5},
            think="high",
            format=Grammar(kind="json_schema", text='{"type": "object"}'),
        )
        with model.ask(request) as answering:
            assert list(answering) == [Delta(thinking="Hm."), Delta(content="Yes.")]
        result = answering.result
    assert (result.finish, result.prompt_tokens, result.tokens, result.prompt_seconds) == ("length", 7, 3, 0.5)
    assert asked[-1] == (
        "/api/chat",
        {
            "model": "me/a",
            "messages": [{"role": "user", "content": "Hi", "images": ["cG5n"]}],
            "options": {"top_k": 5},
            "stream": True,
            "truncate": True,
            "think": "high",
            "format": {"type": "object"},
            "keep_alive": "10m",
        },
    )


@pytest.mark.parametrize(("text", "sent"), [("10m", "10m"), ("0", 0), ("-1", -1), ("1.5", 1.5)])
def test_times_to_stay(text: str, sent: object, host: str, asked: list[tuple[str, dict[str, Any]]]) -> None:
    with Remote(client_of(host), "me/a", keep_alive=text) as model:
        answer(model, Talk(format=Grammar(kind="json")), "Hi", lambda _text: None)
    assert asked[-1][1]["keep_alive"] == sent
    assert asked[-1][1]["format"] == "json"


def test_an_answer_without_an_end(host: str) -> None:
    with Remote(client_of(host), "me/a") as model, pytest.raises(EngineError, match="without saying how"):
        answer(model, Talk(parameters={"seed": 1}, verbose=True), "Hi", lambda _text: None)


def test_what_a_server_says_and_makes(host: str, asked: list[tuple[str, dict[str, Any]]]) -> None:
    with Remote(client_of(host), "me/a") as model:
        assert model.show("system") == "Be brief."
        assert model.messages == (Message(role="user", content="Hi"),)
        assert model.others() == ("me/a:latest", "me/b:latest")
        assert not model.is_fixed("num_ctx")
        with pytest.raises(UsageError, match="no license"):
            model.show("license")
        model.save("me/b", system="S", parameters={"top_k": 5}, messages=[Message(role="user", content="Hi")])
    assert asked[-1] == (
        "/api/create",
        {
            "model": "me/b",
            "from": "me/a",
            "stream": False,
            "system": "S",
            "parameters": {"top_k": 5},
            "messages": [{"role": "user", "content": "Hi"}],
        },
    )


def test_a_model_that_is_not_there(host: str) -> None:
    with pytest.raises(NotFoundError, match="not found") as refused:
        Remote(client_of(host), "nothing")
    assert refused.value.hint == "the server has me/a:latest, me/b:latest"

"""A small real HTTP server that does what a test tells it: wrong answers, cut bodies, silence."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request as it arrived; ``target`` is byte for byte."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(kw_only=True)
class Answer:
    """What to send. ``length`` announces another length than the body's, ``None`` announces none.

    ``stall`` keeps the connection open and silent after the body. ``unread`` answers without reading the request's
    body. ``silent`` never answers at all.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = -1
    stall: bool = False
    unread: bool = False
    silent: bool = False


Respond = Callable[[Seen], Answer]


class Faulty:
    """The server. ``respond`` decides about each request, and ``seen`` keeps them."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.respond: Respond = lambda _seen: Answer(status=404)
        self.unread: Callable[[str, str], bool] = lambda _method, _target: False
        self.host = ""
        self.silence = threading.Event()

    def asked(self, method: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.method == method]

    def bearer(self, realm: str) -> Answer:
        """Return a challenge."""
        challenge = f'Bearer realm="{realm}",service="s",scope="repository:me/model:pull,push"'
        return Answer(status=401, headers={"WWW-Authenticate": challenge})


class _Handler(BaseHTTPRequestHandler):
    state: Faulty
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        unread = self.state.unread(self.command, self.path)
        body = b"" if unread else self.rfile.read(length)
        if not unread and len(body) < length:
            self.close_connection = True
            return
        seen = Seen(method=self.command, target=self.path, headers=dict(self.headers), body=body)
        self.state.seen.append(seen)
        self.send(self.state.respond(seen), unread=unread)

    def send(self, answer: Answer, *, unread: bool) -> None:
        if answer.silent:
            self.close_connection = True
            self.state.silence.wait(30)
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        length = len(answer.body) if answer.length == -1 else answer.length
        if length is None or unread:
            self.close_connection = True
            self.send_header("Connection", "close")
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        with suppress(OSError):
            if self.command != "HEAD":
                self.wfile.write(answer.body)
            if answer.stall:
                self.wfile.flush()
                self.state.silence.wait(30)
            if answer.stall or (length is not None and length > len(answer.body) and self.command != "HEAD"):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - the names that http.server looks for

    def log_message(self, *_arguments: object) -> None:
        pass


@contextmanager
def faulty() -> Iterator[Faulty]:
    """Serve on a free port of 127.0.0.1."""
    state = Faulty()

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_arguments: object) -> None:
            """A client that goes away is what some tests are about."""

    server = Quiet(("127.0.0.1", 0), type("Handler", (_Handler,), {"state": state}))
    state.host = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.silence.set()
        server.shutdown()
        server.server_close()
        thread.join()

"""Who leaves stops the work, who reads slowly is cut, and limits hold."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from olbuild.serving.server.settings import Limits, Settings
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Served, served

LONG = {"model": "smol", "messages": [{"role": "user", "content": " ".join(["word"] * 2000)}]}


def _until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


@contextmanager
def _sent(server: Served, path: str, body: object, *, small: bool = False) -> Iterator[socket.socket]:
    """Send a request by hand, and give the connection."""
    data = json.dumps(body).encode()
    with socket.socket() as connection:
        if small:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", server.port))
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(data)}\r\n\r\n"
        connection.sendall(head.encode() + data)
        yield connection


def _rest(connection: socket.socket) -> bytes:
    """Read until the other side closes, in whatever way."""
    received = b""
    with suppress(ConnectionError):
        while data := connection.recv(65536):
            received += data
    return received


@pytest.mark.parametrize("stream", [True, False])
def test_who_leaves_stops_the_model(server: Served, manager: EchoManager, *, stream: bool) -> None:
    manager.pause = 0.01
    with _sent(server, "/api/chat", {**LONG, "stream": stream}) as connection:
        _until(lambda: len(manager.asked) == 1)
        if stream:
            connection.recv(100)
    _until(lambda: manager.left == 1)
    assert manager.finished == 0


def test_a_slow_reader_is_cut(home: Path) -> None:
    manager = EchoManager()
    limits = Limits(write_seconds=0.3, queued_bytes=1000)
    body = {**LONG, "messages": [{"role": "user", "content": "x" * 5000 + " y" * 20000}]}
    with served(home, manager, Settings(limits=limits)) as server, _sent(server, "/api/chat", body, small=True) as slow:
        _until(lambda: manager.left == 1)
        assert manager.finished == 0
        assert not _rest(slow).endswith(b"0\r\n\r\n")
        assert server.ask("GET", "/").status == 200


def test_the_model_waits_for_a_reader_that_is_not_yet_too_slow(home: Path) -> None:
    manager = EchoManager()
    limits = Limits(write_seconds=20, queued_bytes=1000)
    content = " y" * 20000
    body = {**LONG, "messages": [{"role": "user", "content": content}]}
    with served(home, manager, Settings(limits=limits)) as server, _sent(server, "/api/chat", body, small=True) as slow:
        time.sleep(0.5)
        assert manager.finished == 0
        received = b""
        while not received.endswith(b"0\r\n\r\n"):
            received += slow.recv(1 << 20)
    assert received.count(b'"content":" y"') + received.count(b'"content":"y"') >= 19999


def test_what_waits_goes_in_one_write(server: Served) -> None:
    with _sent(server, "/api/chat", {**LONG, "messages": [{"role": "user", "content": "a b c d e f"}]}) as connection:
        received = b""
        while not received.endswith(b"0\r\n\r\n"):
            received += connection.recv(65536)
    chunks = received.partition(b"\r\n\r\n")[2].split(b"}\n\r\n")
    assert len(chunks) - 1 <= 7
    assert received.count(b'"done":false') == 6


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70000 + b"\r\n\r\n", b"431"),
        (b"nonsense\r\n\r\n", b"400"),
    ],
)
def test_too_much_is_refused(server: Served, head: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(head)
        assert connection.recv(1000).startswith(b"HTTP/1.1 " + status)


def test_who_never_ends_the_headers_or_the_body_is_cut(home: Path) -> None:
    limits = Limits(header_seconds=0.2, body_seconds=0.2)
    with served(home, EchoManager(), Settings(limits=limits)) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: ")
            assert _rest(connection) == b""
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{")
            assert connection.recv(1000).startswith(b"HTTP/1.1 408")

"""Clients that take more than they may."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.serving.server.settings import Limits, Settings
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Served, served

LIMITS = Limits(
    header_bytes=4096,
    header_seconds=0.5,
    body_bytes=1000,
    body_seconds=0.5,
    body_rate=100,
    idle_seconds=1,
    connections=4,
)
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n"


@pytest.fixture
def server(home: Path, manager: EchoManager) -> Iterator[Served]:
    """Serve with little patience."""
    with served(home, manager, Settings(version="0", limits=LIMITS)) as running:
        yield running


def connect(server: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def rest(connection: socket.socket) -> bytes:
    """Return what comes until the server has enough."""
    data = b""
    try:
        while piece := connection.recv(1 << 16):
            data += piece
    except ConnectionResetError:
        pass
    return data


def test_a_body_that_is_announced_too_large(server: Served) -> None:
    with connect(server) as connection:
        connection.sendall(HEAD + b"content-length: 1001\r\n\r\n")
        answer = rest(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"api_error"' in answer


def test_a_body_that_becomes_too_large(server: Served) -> None:
    with connect(server) as connection:
        connection.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"200\r\n" + b"x" * 0x200 + b"\r\n")
        connection.sendall(b"200\r\n" + b"x" * 0x200 + b"\r\n")
        assert rest(connection).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_stops(server: Served) -> None:
    with connect(server) as connection:
        connection.sendall(HEAD + b"content-length: 100\r\n\r\n{")
        assert rest(connection).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_trickles(server: Served) -> None:
    """Each byte comes in time, and all of them would take a minute."""
    begun = time.monotonic()
    with connect(server) as connection:
        connection.sendall(HEAD + b"content-length: 500\r\n\r\n")
        connection.settimeout(0.1)
        answer = b""
        while not answer and time.monotonic() < begun + 20:
            connection.sendall(b" ")
            try:
                answer = connection.recv(100)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("start", [b"", b"POST /v1", HEAD, HEAD + b"x-a: b"])
def test_headers_that_do_not_come_to_an_end(server: Served, start: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(start)
        assert not rest(connection).startswith(b"HTTP/1.1 200")
    assert server.ask("GET", "/healthz").status == 200


def test_headers_that_are_too_large(server: Served) -> None:
    with connect(server) as connection:
        connection.sendall(HEAD)
        time.sleep(0.1)
        connection.sendall(b"x-a: " + b"x" * 8000)
        assert rest(connection).startswith(b"HTTP/1.1 431 ")


def test_connections_that_are_too_many(server: Served) -> None:
    held = [connect(server) for _ in range(LIMITS.connections)]
    try:
        time.sleep(0.1)
        with connect(server) as further:
            assert rest(further) == b""
    finally:
        for connection in held:
            connection.close()
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            assert server.ask("GET", "/healthz").status == 200
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the server has no place, though all have left")

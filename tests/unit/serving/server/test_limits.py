"""Clients that take more than they may."""

import http.client
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.serving.server.access import Key
from olbuild.serving.server.access.keys import digest_of
from olbuild.serving.server.settings import Limits, Settings
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Served, served

LIMITS = Limits(
    header_bytes=4096,
    header_seconds=0.5,
    body_bytes=1000,
    bodies_bytes=1500,
    body_seconds=0.5,
    body_rate=100,
    idle_seconds=1,
    write_seconds=1,
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


def cut(connection: socket.socket, drop: bytes) -> bool:
    """Send a little every now and then; return whether the server had enough within a time."""
    end = time.monotonic() + 20
    try:
        while time.monotonic() < end:
            connection.sendall(drop)
            time.sleep(0.05)
    except OSError:
        return True
    return False


def test_a_body_that_is_announced_too_large(server: Served) -> None:
    with connect(server) as connection:
        connection.sendall(HEAD + b"content-length: 1001\r\n\r\n")
        answer = rest(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"api_error"' in answer


def test_who_sends_all_of_it_hears_why(server: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for _ in range(2):
        connection.request("POST", "/api/chat", b"x" * 4_000_000, {"host": "localhost"})
        response = connection.getresponse()
        assert (response.status, response.read()[:9]) == (413, b'{"error":')
    connection.close()


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


def test_what_comes_behind_an_answer_has_an_end(server: Served) -> None:
    """The rest of a body that nobody reads, and blank lines, keep no connection open."""
    for begin, drop in (
        (b"POST /nowhere HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n", b"x"),
        (b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n", b"\r\n"),
    ):
        with connect(server) as connection:
            connection.sendall(begin)
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 ")
            assert cut(connection, drop)


def test_one_that_rests_makes_room_for_one_that_asks(server: Served) -> None:
    held = [connect(server) for _ in range(LIMITS.connections)]
    try:
        time.sleep(0.1)
        assert server.ask("GET", "/healthz").status == 200
    finally:
        for connection in held:
            connection.close()


def test_headers_that_are_many_and_empty(server: Served) -> None:
    with connect(server) as connection:
        connection.sendall(HEAD + b"a:\r\n" * 2000 + b"\r\n")
        assert rest(connection).startswith(b"HTTP/1.1 431 ")


def test_headers_behind_a_body_mean_nothing(home: Path, manager: EchoManager) -> None:
    keys = (Key(name="k", digest=digest_of(b"0123456789abcdef")),)
    with served(home, manager, keys=keys) as server, connect(server) as connection:
        connection.sendall(b"POST /api/show HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n")
        connection.sendall(b"2\r\n{}\r\n0\r\nx-api-key: 0123456789abcdef\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 401 ")


UPGRADE = (
    b"POST /api/show HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n"
    b"http2-settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
)


@pytest.mark.parametrize("pause", [0, 0.1])
def test_java_asks_for_another_protocol(server: Served, pause: float) -> None:
    """Its client does so in the first request of each connection; body, answer and connection are as without."""
    body = b'{"model": "missing"}'
    with connect(server) as connection:
        for _ in range(2):
            connection.sendall(UPGRADE + b"content-length: %d\r\n\r\n" % len(body))
            time.sleep(pause)
            connection.sendall(body)
            answer = b""
            while b"not found" not in answer:
                piece = connection.recv(1 << 16)
                assert piece, answer
                answer += piece
            assert answer.startswith(b"HTTP/1.1 404 ")


def test_a_tunnel_is_refused(server: Served) -> None:
    with connect(server) as connection:
        connection.sendall(b"CONNECT localhost:80 HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert rest(connection).startswith(b"HTTP/1.1 400 ")


def test_connections_that_are_too_many(server: Served) -> None:
    held = [connect(server) for _ in range(LIMITS.connections)]
    try:
        for connection in held:
            connection.sendall(HEAD + b"content-length: 9\r\n\r\n")  # and nothing more: they are worked on
        time.sleep(0.1)
        with connect(server) as further:
            assert rest(further) == b""
        assert all(rest(connection).startswith(b"HTTP/1.1 408 ") for connection in held)
    finally:
        for connection in held:
            connection.close()
    assert server.ask("GET", "/healthz").status == 200


def test_bodies_that_are_too_much_together(server: Served) -> None:
    with connect(server) as first, connect(server) as second:
        for connection in (first, second):
            connection.sendall(HEAD + b"content-length: 1000\r\n\r\n" + b" " * 900)
            time.sleep(0.1)
        answer = rest(second)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 5" in answer
        assert rest(first).startswith(b"HTTP/1.1 408 ")
    assert server.post("/api/show", {"model": "x" * 900}).status == 400  # there is room again


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux has TCP_USER_TIMEOUT")
def test_who_reads_nothing_keeps_no_connection(server: Served) -> None:
    """Also where the answer is no stream: many of them wait, unread."""
    with connect(server) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(0)
        line = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n"
        end, gone = time.monotonic() + 30, False
        while not gone and time.monotonic() < end:
            try:
                connection.send(line)
            except BlockingIOError:
                time.sleep(0.1)
            except OSError:
                gone = True
        assert gone

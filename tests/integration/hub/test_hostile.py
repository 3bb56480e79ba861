"""Clients that are slow, broken or malicious."""

import os
import socket
import time
from pathlib import Path

import pytest

from olbuild.serving.hub.http import Limits
from olbuild.serving.hub.run import Options
from olbuild.storage.store import Store
from olbuild.testing.hub import hub
from tests.integration.hub.client import ask, push, push_blob

pytestmark = pytest.mark.integration

QUICK = Options(limits=Limits(connections=4, stall=0.5, idle=30, drain=1))


def raw(host: str, data: bytes, *, close: bool = True) -> bytes:
    """Send bytes as they are, and return all that comes back until the server closes."""
    name, port = host.split(":")
    with socket.create_connection((name, int(port)), timeout=10) as client:
        client.sendall(data)
        if close:
            client.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := client.recv(1 << 16):
            answer += piece
        return answer


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /v2/ HTTP/1.1\r\n\r\n", 400),  # no Host
        (b"GET http://x/v2/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /v2/ HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        (b"POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 19 + b"\r\n\r\n", 413),
        (
            (
                b"POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
            400,
        ),
        (b"POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"GET /v2/ HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", 431),
        (b"GET /v2/_catalog?" + b"a=b&" * 100 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ],
)
def test_what_is_no_request_is_refused(host: str, head: bytes, status: int) -> None:
    assert raw(host, head).startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize(
    "path",
    [
        "/v2/../../etc/passwd/manifests/x",
        "/v2/a/../b/manifests/x",
        "/v2/a/%2e%2e/b/manifests/x",
        "/v2/a//b/manifests/x",
        "/v2/a/manifests/..",
        "/v2/a/manifests/%00",
        "/v2/a/manifests/x%0d%0aSet-Cookie:y",
        "/v2/a/blobs/sha256:../../../../etc/passwd",
        "/v2/a/blobs/sha256:" + "g" * 64,
        "/v2/" + "a" * 300 + "/manifests/x",
        "/v2/A/manifests/x",
        "/etc/passwd",
        "/",
        "/v1/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_no_path_leads_anywhere_else(host: str, store: Store, path: str, method: str) -> None:
    answer = ask(host, method, path)
    assert answer.status in {400, 404, 405}
    assert str(store.home.path).encode() not in answer.body
    assert "set-cookie" not in answer.headers


def test_requests_of_one_connection_are_answered_in_turn(host: str) -> None:
    digest = push_blob(host, "me/model", b"hello").digest
    get = f"GET /v2/me/model/blobs/{digest} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    post = b"POST /v2/me/model/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
    put = b"PUT /v2/me/model/manifests/v1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    answers = raw(host, get + post + put + get)
    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"200", b"202", b"400", b"200"]
    assert answers.count(b"\r\n\r\nhello") == 2


def test_a_body_is_asked_for_when_the_client_waits_for_that(host: str) -> None:
    digest = push_blob(host, "me/model", b"hello").digest
    head = f"POST /v2/me/a/blobs/uploads/?digest={digest} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
    answers = raw(host, f"{head}Expect: 100-continue\r\n\r\nhello".encode())
    assert answers.startswith(b"HTTP/1.1 100 ")
    assert b"HTTP/1.1 201 Created" in answers
    refused = raw(host, f"{head}Expect: 100-continue\r\n\r\n".replace("me/a", "ghcr.io/a").encode())
    assert refused.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize("body", [b"zz\r\n", b"-1\r\n", b"5\r\nhelloX", b"5\r\nhel", b"f" * 5000, b"1" * 16 + b"\r\n"])
def test_broken_chunks_end_the_connection(host: str, store: Store, body: bytes) -> None:
    location = ask(host, "POST", "/v2/me/model/blobs/uploads/").headers["location"]
    head = f"PATCH {location} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    assert raw(host, head + body) == b""
    assert list(store.layout.blobs) == []


def test_who_is_refused_before_sending_a_large_body_hears_why(host: str) -> None:
    data = os.urandom(8 << 20)
    head = f"PUT /v2/ghcr.io/me/x/manifests/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n"
    assert raw(host, head.encode() + data).startswith(b"HTTP/1.1 403 ")


def test_slow_clients_do_not_keep_others_out(home: Path) -> None:
    with hub(home, QUICK) as host:
        digest = push(host, "me/model", "v1", os.urandom(64 << 20)).digest
        layer = next(
            each for each in Store.open(home).graph(Store.open(home).resolve("me/model:v1")) if each.size > 1 << 20
        )
        name, port = host.split(":")
        begun = [
            b"",  # says nothing: idle, and closed when others come
            b"GET /v2/ HTTP/1.1\r\nHost:",
            b"PUT /v2/me/model/manifests/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
            f"GET /v2/me/model/blobs/{layer.digest} HTTP/1.1\r\nHost: x\r\n\r\n".encode(),  # reads nothing
        ]
        slow = [socket.create_connection((name, int(port))) for _ in begun]
        for client, data in zip(slow, begun, strict=True):
            client.sendall(data)
        started = time.monotonic()
        assert ask(host, "HEAD", f"/v2/me/model/manifests/{digest}").status == 200
        assert time.monotonic() - started < 15
        for client in slow:
            client.close()


def test_a_client_that_goes_away_leaves_nothing_open(host: str) -> None:
    digest = push_blob(host, "me/model", os.urandom(32 << 20)).digest
    before = _open_files()
    name, port = host.split(":")
    for _ in range(20):
        with socket.create_connection((name, int(port))) as client:
            client.sendall(f"GET /v2/me/model/blobs/{digest} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            client.recv(1000)
    end = time.monotonic() + 10
    while _open_files() > before + 2:
        assert time.monotonic() < end
        time.sleep(0.05)


def _open_files() -> int:
    """Count the open files of this process, where the system tells it."""
    folder = Path("/proc/self/fd")
    return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0

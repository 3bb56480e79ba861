"""``olbuild registry serve`` as a process: what it prints, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from olbuild.core.names import Digest
from olbuild.storage.store import Store
from tests.command import OLBUILD, olbuild
from tests.integration.hub.client import ask, push, push_blob
from tests.unit.storage.artifacts import put

pytestmark = pytest.mark.integration


@contextmanager
def serving(home: Path, *options: str, listen: str = "127.0.0.1:0") -> Iterator[tuple["subprocess.Popen[str]", str]]:
    command = [str(OLBUILD), "registry", "serve", "--home", str(home), "--listen", listen, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def end(process: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> tuple[int, str]:
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    return process.returncode, errors


def test_it_says_where_it_listens(home: Path) -> None:
    put(Store.open(home), "a", "me/model:v1")
    for number in (signal.SIGTERM, signal.SIGINT):
        with serving(home) as (process, address):
            assert address.startswith("http://127.0.0.1:")
            assert ask(address.removeprefix("http://"), "GET", "/v2/me/model/manifests/v1").status == 200
            assert end(process, number) == (0, "")


def test_on_another_address_it_warns(home: Path) -> None:
    for options, warned in [((), True), (("--readonly",), False)]:
        with serving(home, *options, listen="0.0.0.0:0") as (process, address):
            assert ask(f"127.0.0.1:{address.rpartition(':')[2]}", "GET", "/v2/").status == 200
            code, errors = end(process)
            assert (code, "everybody" in errors) == (0, warned)


def test_a_port_that_is_taken(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = olbuild("registry", "serve", "--home", home, "--listen", f"127.0.0.1:{port}", expect=2)
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in refused.stderr


def test_what_has_begun_is_done_when_it_ends(home: Path) -> None:
    data = os.urandom(64 << 20)
    with serving(home) as (process, address):
        host = address.removeprefix("http://")
        digest = push_blob(host, "me/model", data).digest
        name, port = host.split(":")
        with socket.create_connection((name, int(port))) as client, socket.create_connection((name, int(port))):
            client.sendall(f"GET /v2/me/model/blobs/{digest} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            answer = client.recv(1 << 16)
            process.send_signal(signal.SIGTERM)
            while piece := client.recv(1 << 20):
                answer += piece
        assert answer.endswith(data)
        assert process.wait(20) == 0


def test_a_second_signal_ends_it_at_once(home: Path) -> None:
    with serving(home) as (process, address):
        host = address.removeprefix("http://")
        name, port = host.split(":")
        location = ask(host, "POST", "/v2/me/model/blobs/uploads/").headers["location"]
        with socket.create_connection((name, int(port))) as client:
            client.sendall(f"PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n".encode())
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert process.poll() is None
            assert end(process)[0] == 128 + signal.SIGTERM


def test_killed_while_it_receives_it_leaves_a_store_that_is_whole(home: Path) -> None:
    data = os.urandom(48 << 20)
    with serving(home) as (process, address):
        host = address.removeprefix("http://")
        push(host, "me/model", "v1", b"layer")
        location = ask(host, "POST", "/v2/me/model/blobs/uploads/").headers["location"]
        name, port = host.split(":")
        with socket.create_connection((name, int(port))) as client:
            client.sendall(f"PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n".encode())
            client.sendall(data[: 40 << 20])
            stop = time.monotonic() + 10
            while (home / "state" / "incoming" / location.rpartition("/")[2]).stat().st_size < 20 << 20:
                assert time.monotonic() < stop
                time.sleep(0.01)
            process.kill()
            process.wait()
    assert Store.open(home).verify() == ()
    with serving(home) as (process, address):
        host = address.removeprefix("http://")
        received = int(ask(host, "GET", location).headers["range"][2:]) + 1
        assert 20 << 20 <= received <= 40 << 20
        assert (
            ask(host, "PATCH", location, data[received:], {"Content-Range": f"{received}-{len(data) - 1}"}).status
            == 202
        )
        digest = Digest.of(data)
        assert ask(host, "PUT", f"{location}?digest={digest}").status == 201


def test_without_its_libraries_it_says_what_to_install(home: Path) -> None:
    code = (
        "import sys; sys.modules['h11'] = None; from olbuild.cli.main import main;"
        f"sys.exit(main(['registry', 'serve', '--home', {str(home)!r}]))"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert finished.returncode == 2
    assert "pip install 'olbuild[server]'" in finished.stderr

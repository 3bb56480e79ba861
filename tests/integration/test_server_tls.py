"""The server speaks TLS."""

import json
import socket
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from olbuild.core.errors import UsageError
from olbuild.serving.server.settings import Limits, Settings
from olbuild.serving.tls import server_context
from olbuild.testing.echoing import EchoManager
from olbuild.testing.registry import find_program
from olbuild.testing.serving import Served, served
from olbuild.testing.tokens import certify

pytestmark = pytest.mark.integration

GET = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
PLACES = 4


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a certificate and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certify(Path(find_program("openssl")), folder / "key.pem", folder / "certificate.pem", "localhost")
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def server(pair: tuple[Path, Path], tmp_path: Path) -> Iterator[Served]:
    """Serve with TLS, for few, who have a second for the handshake."""
    settings = Settings(limits=Limits(connections=PLACES, header_seconds=1))
    with served(tmp_path / "home", EchoManager(), settings, tls=server_context(*pair)) as running:
        yield running


def answer(server: Served, certificate: Path) -> object:
    trusting = ssl.create_default_context(cafile=certificate)
    with urllib.request.urlopen(f"https://localhost:{server.port}/healthz", context=trusting, timeout=20) as response:
        return json.load(response)


def connect(server: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_https(server: Served, pair: tuple[Path, Path]) -> None:
    assert answer(server, pair[0]) == {"status": "ok"}
    with pytest.raises(OSError, match=r"."):
        server.ask("GET", "/healthz")
    assert answer(server, pair[0]) == {"status": "ok"}


def test_a_request_may_come_with_the_end_of_the_handshake(server: Served, pair: tuple[Path, Path]) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    speaking = ssl.create_default_context(cafile=pair[0]).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with connect(server) as connection:
        while True:
            try:
                speaking.do_handshake()
                break
            except ssl.SSLWantReadError:
                connection.sendall(outgoing.read())
                incoming.write(connection.recv(1 << 16))
        speaking.write(GET)
        connection.sendall(outgoing.read())  # both in one packet
        text = b""
        while not text.endswith(b"}"):
            incoming.write(connection.recv(1 << 16))
            with suppress(ssl.SSLWantReadError):
                while piece := speaking.read():
                    text += piece
    assert text.startswith(b"HTTP/1.1 200 ")
    assert text.endswith(b'{"status":"ok"}')


def test_who_never_ends_the_handshake_is_cut(server: Served, pair: tuple[Path, Path]) -> None:
    with connect(server) as silent, connect(server) as slow:
        slow.sendall(b"\x16\x03\x01\x02\x00")  # the beginning of a ClientHello
        assert ended(silent)
        assert ended(slow)
    assert answer(server, pair[0]) == {"status": "ok"}


def test_who_has_not_agreed_on_tls_makes_room(pair: tuple[Path, Path], tmp_path: Path) -> None:
    settings = Settings(limits=Limits(connections=PLACES))
    with ExitStack() as stack:
        server = stack.enter_context(served(tmp_path / "home", EchoManager(), settings, tls=server_context(*pair)))
        waiting = [stack.enter_context(connect(server)) for _ in range(2 * PLACES)]
        assert answer(server, pair[0]) == {"status": "ok"}
        assert all(map(ended, waiting[:PLACES]))


def test_half_open_connections_do_not_hold_up_the_end(pair: tuple[Path, Path], tmp_path: Path) -> None:
    with ExitStack() as stack:
        with served(tmp_path / "home", EchoManager(), Settings(), tls=server_context(*pair)) as server:
            waiting = [stack.enter_context(connect(server)) for _ in range(3)]
        assert all(map(ended, waiting))


def test_half_a_pair_is_refused(tmp_path: Path) -> None:
    assert server_context(None, None) is None
    with pytest.raises(UsageError, match="go together"):
        server_context(tmp_path / "certificate.pem", None)
    with pytest.raises(UsageError, match="no certificate"):
        server_context(tmp_path / "certificate.pem", tmp_path / "key.pem")

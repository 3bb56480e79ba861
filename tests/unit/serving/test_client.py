"""The client that ps, stop and run use, against the real server."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.core.errors import BusyError, EngineError, NotFoundError, OlbuildError, RegistryError, UsageError
from olbuild.core.records import replace
from olbuild.serving.client import Client
from olbuild.serving.wire.host import Host, read_host
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import served

HI = {"model": "smol", "messages": [{"role": "user", "content": "Hi there"}]}


@pytest.fixture
def manager() -> EchoManager:
    return EchoManager()


@pytest.fixture
def client(tmp_path: Path, manager: EchoManager) -> Iterator[Client]:
    from olbuild.api.building import BuildRequest, build
    from olbuild.testing.models import model_bytes

    (tmp_path / "tiny.gguf").write_bytes(model_bytes())
    with served(tmp_path / "home", manager) as server:
        build(server.workspace, BuildRequest(data=b"FROM ./tiny.gguf\n", name="M", folder=tmp_path), ("smol",))
        yield Client(read_host(server.url))


def test_answers_are_read_whole_or_line_by_line(client: Client) -> None:
    assert client.get("/api/version") == {"version": "0.0.0"}
    assert client.post("/api/chat", {**HI, "stream": False})["message"]["content"] == "Hi there"
    assert [line["message"]["content"] for line in client.stream("/api/chat", HI)] == ["Hi", " there", ""]
    assert client.post("/api/copy", {"source": "smol", "destination": "x"}) is None
    assert client.post("/api/delete", {"model": "x"}, method="DELETE") is None


def test_leaving_a_stream_ends_it(client: Client, manager: EchoManager) -> None:
    manager.pause = 0.01
    stream = client.stream("/api/chat", {**HI, "messages": [{"role": "user", "content": "word " * 1000}]})
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    for _ in client.stream("/api/chat", HI):
        pass
    assert manager.finished == 1


@pytest.mark.parametrize(
    ("body", "kind"), [({"model": "nope", "messages": []}, NotFoundError), ({"model": "smol", "format": 5}, UsageError)]
)
def test_errors_have_their_kind(client: Client, body: object, kind: type[OlbuildError]) -> None:
    with pytest.raises(kind):
        client.post("/api/chat", body)


def test_a_busy_server_says_when_to_come_again(client: Client, manager: EchoManager) -> None:
    manager.busy = BusyError("full", retry_after=7)
    with pytest.raises(BusyError, match="full") as raised:
        client.post("/api/chat", HI)
    assert raised.value.retry_after == 7


def test_an_error_in_a_stream_is_raised(client: Client, manager: EchoManager) -> None:
    manager.failure, manager.fails_after = EngineError("it broke"), 1
    with pytest.raises(EngineError, match="it broke"):
        list(client.stream("/api/chat", HI))


def test_a_server_without_tls_is_recognised(client: Client) -> None:
    secure = Client(replace(client.host, scheme="https"))
    with pytest.raises(RegistryError, match="does not speak TLS") as refused:
        secure.get("/api/version")
    assert refused.value.hint == f"perhaps it is {client.host}"


def test_where_nobody_listens_it_says_what_to_do() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(RegistryError, match="no server answers") as raised:
            Client(Host(port=unused.getsockname()[1])).get("/api/ps")
    assert raised.value.hint == "start one with: olbuild serve"

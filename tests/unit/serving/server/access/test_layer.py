"""Keys over HTTP."""

import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.running.requests import Chat, Json
from olbuild.serving.server.access import Key
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Reply, Served, served

SECRET = "0123456789abcdef"
HI = {"model": "smol", "messages": [{"role": "user", "content": "Hi there"}], "stream": False}


def key(**limits: Json) -> Key:
    return Key(name="team-a", digest=hashlib.sha256(SECRET.encode()).hexdigest(), **limits)


@pytest.fixture
def limits() -> dict[str, Json]:
    """Return the limits of the key; tests bring their own by parametrization."""
    return {}


@pytest.fixture
def server(home: Path, manager: EchoManager, limits: dict[str, Json]) -> Iterator[Served]:
    """Serve with one key."""
    with served(home, manager, keys=[key(**limits)]) as running:
        yield running


def ask(server: Served, path: str = "/api/chat", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.ask("POST", path, {**HI, "max_tokens": 5}, named)


@pytest.mark.parametrize("headers", [{"authorization": f"Bearer {SECRET}"}, {"x_api_key": SECRET}])
def test_both_headers_let_in(server: Served, manager: EchoManager, headers: dict[str, str]) -> None:
    assert ask(server, **headers).status == 200
    (question,) = manager.asked
    assert isinstance(question, Chat)
    assert (question.client, question.cache) == ("key:team-a", "")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {SECRET}"},
        {"authorization": f"Bearer {SECRET}x"},
        {"authorization": "Bearer " + "x" * 10_000},
        {"x_api_key": hashlib.sha256(SECRET.encode()).hexdigest()},
    ],
)
@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions", "/v1/messages", "/metrics", "/nothing"])
def test_nothing_else_does(server: Served, manager: EchoManager, headers: dict[str, str], path: str) -> None:
    reply = ask(server, path, **headers)
    assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")
    assert not manager.asked


def test_each_api_says_it_in_its_own_shape(server: Served) -> None:
    message = "a valid API key is needed"
    assert ask(server).json() == {"error": message}
    openai = ask(server, "/v1/chat/completions").json()["error"]
    assert (openai["message"], openai["type"]) == (message, "authentication_error")
    anthropic = ask(server, "/v1/messages").json()
    assert (anthropic["type"], anthropic["error"]["type"]) == ("error", "authentication_error")


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
def test_probes_need_no_key(server: Served, path: str) -> None:
    assert server.ask("GET", path).status == 200


@pytest.mark.parametrize("limits", [{"private_cache": True}])
def test_what_is_read_for_a_private_key_is_its_own(server: Served, manager: EchoManager) -> None:
    ask(server, x_api_key=SECRET)
    (question,) = manager.asked
    assert isinstance(question, Chat)
    assert question.cache == "team-a"


@pytest.mark.parametrize("limits", [{"priority": 7}])
@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_what_a_key_asks_is_as_urgent_as_its_key(server: Served, manager: EchoManager, path: str) -> None:
    ask(server, path, x_api_key=SECRET)
    (question,) = manager.asked
    assert isinstance(question, Chat)
    assert question.priority == 7


@pytest.mark.parametrize("limits", [{"requests_per_minute": 2}])
def test_too_many_a_minute(server: Served) -> None:
    statuses = [ask(server, x_api_key=SECRET).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    reply = ask(server, "/v1/messages", x_api_key=SECRET)
    assert reply.json()["error"] == {
        "type": "rate_limit_error",
        "message": "too many requests: the key team-a may ask 2 requests a minute",
    }
    assert int(reply.headers["retry-after"]) >= 1


@pytest.mark.parametrize("limits", [{"parallel": 1}])
def test_too_many_at_a_time(server: Served, manager: EchoManager) -> None:
    manager.pause = 0.5
    first = threading.Thread(target=ask, args=(server,), kwargs={"x_api_key": SECRET})
    first.start()
    while not manager.asked:
        first.join(0.01)
    assert ask(server, x_api_key=SECRET).status == 429
    first.join()
    manager.pause = 0
    assert ask(server, x_api_key=SECRET).status == 200

"""Which names the server answers to, and which pages may use it."""

from pathlib import Path

import pytest

from olbuild.serving.server.guard import Origins, is_local
from olbuild.serving.server.settings import Settings
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Served, served


@pytest.mark.parametrize(
    ("header", "local"),
    [
        ("", True),
        ("localhost:11434", True),
        ("LOCALHOST", True),
        ("127.0.0.1:1", True),
        ("[::1]:1", True),
        ("192.168.1.5", True),
        ("10.0.0.1:80", True),
        ("mac.local:11434", True),
        ("host.docker.internal:11434", True),
        ("app.localhost", True),
        ("evil.example", False),
        ("evil.example:11434", False),
        ("localhost.evil.example", False),
        ("8.8.8.8", False),
        ("evillocal", False),
    ],
)
def test_names_of_this_machine(header: str, local: bool) -> None:  # noqa: FBT001
    assert is_local(header) is local


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost", True),
        ("https://localhost:3000", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("app://obsidian.md", True),
        ("chrome-extension://abcdef", True),
        ("https://evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://localhost:3000.evil.example", True),  # as in Ollama, where * is anything; no browser sends it
        ("null", False),
        ("https://chat.example.com", True),
        ("https://example.com", False),
    ],
)
def test_pages_that_may_use_it(origin: str, allowed: bool) -> None:  # noqa: FBT001
    assert Origins(("https://*.example.com",)).allow(origin) is allowed


def test_another_name_is_refused_without_a_word(server: Served) -> None:
    reply = server.ask("GET", "/api/tags", headers={"Host": "evil.example"})
    assert (reply.status, reply.data) == (403, b"")


def test_another_page_is_refused(server: Served) -> None:
    assert server.ask("GET", "/api/tags", headers={"Origin": "https://evil.example"}).status == 403


def test_a_page_of_this_machine_is_welcome(server: Served) -> None:
    origin = "http://localhost:3000"
    reply = server.ask("GET", "/api/tags", headers={"Origin": origin})
    assert (reply.status, reply.headers["access-control-allow-origin"], reply.headers["vary"]) == (
        200,
        origin,
        "Origin",
    )
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, X-Stainless-Lang, x-evil",
    }
    reply = server.ask("OPTIONS", "/api/chat", headers=asked)
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (204, origin)
    assert "X-Stainless-Lang" in reply.headers["access-control-allow-headers"]
    assert "Anthropic-Dangerous-Direct-Browser-Access" in reply.headers["access-control-allow-headers"]
    assert "evil" not in reply.headers["access-control-allow-headers"]


def test_pages_can_be_let_in(home: Path) -> None:
    with served(home, EchoManager(), Settings(origins=("*",))) as server:
        reply = server.ask("GET", "/", headers={"Origin": "https://evil.example"})
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (200, "https://evil.example")

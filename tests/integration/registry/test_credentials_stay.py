"""Credentials reach the registry that they are for, and nobody else."""

import os
from pathlib import Path

import pytest

from olbuild.core.content import Descriptor
from olbuild.core.errors import RefusedError, RegistryError
from olbuild.core.names import MediaType
from tests.integration.registry.faulty import Answer, Faulty, Respond, Seen
from tests.integration.registry.samples import read, remember, target

DATA = b"weights" * 1000
BLOB = Descriptor.of(MediaType.MODEL_WEIGHT, DATA)
BASIC = Answer(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})


def with_password(inner: Respond) -> Respond:
    return lambda seen: inner(seen) if "Authorization" in seen.headers else BASIC


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_carries_no_credentials(server: Faulty, other: Faulty, status: int) -> None:
    remember(server.host, "ada", "secret")
    location = f"http://{other.host}/signed?x=%2f&y="
    server.respond = with_password(lambda _seen: Answer(status=status, headers={"Location": location}))
    other.respond = lambda _seen: Answer(body=DATA)
    assert read(target(server.host), BLOB) == DATA
    (seen,) = other.seen
    assert seen.target == "/signed?x=%2f&y="
    assert "Authorization" not in seen.headers


def test_a_redirect_back_carries_no_credentials(server: Faulty, other: Faulty) -> None:
    remember(server.host, "ada", "secret")

    def respond(seen: Seen) -> Answer:
        if seen.target == "/back":
            return Answer(body=DATA)
        return Answer(status=307, headers={"Location": f"http://{other.host}/there"})

    inner = with_password(respond)
    server.respond = lambda seen: respond(seen) if seen.target == "/back" else inner(seen)
    other.respond = lambda _seen: Answer(status=307, headers={"Location": f"http://{server.host}/back"})
    assert read(target(server.host), BLOB) == DATA
    assert "Authorization" not in server.seen[-1].headers


def test_a_redirect_in_the_same_place_keeps_them(server: Faulty) -> None:
    remember(server.host, "ada", "secret")

    def respond(seen: Seen) -> Answer:
        return Answer(body=DATA) if seen.target == "/data" else Answer(status=302, headers={"Location": "/data"})

    server.respond = with_password(respond)
    assert read(target(server.host), BLOB) == DATA


def test_another_host_that_wants_a_login_gets_none(server: Faulty, other: Faulty) -> None:
    remember(server.host, "ada", "secret")
    server.respond = with_password(lambda _seen: Answer(status=307, headers={"Location": f"http://{other.host}/"}))
    other.respond = lambda _seen: BASIC
    with pytest.raises(RegistryError, match="redirected to a host that refused"):
        read(target(server.host), BLOB)
    assert len(other.seen) == 1
    assert "Authorization" not in other.seen[0].headers


def test_redirects_in_a_circle_end(server: Faulty) -> None:
    server.respond = lambda seen: Answer(status=307, headers={"Location": seen.target + "x"})
    with pytest.raises(RegistryError, match="in a circle"):
        read(target(server.host), BLOB)
    assert len(server.seen) == 11


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "http://:80/", "http://[::1", "http://x:99999/", "gopher://x/"]
)
def test_redirects_out_of_http_are_refused(server: Faulty, location: str) -> None:
    server.respond = lambda _seen: Answer(status=307, headers={"Location": location})
    with pytest.raises(RegistryError, match="address that cannot be used"):
        read(target(server.host), BLOB)


def test_refusals_without_end_are_ended(server: Faulty, other: Faulty) -> None:
    remember(server.host, "ada", "secret")
    server.respond = lambda _seen: server.bearer(f"http://{other.host}/token")
    other.respond = lambda _seen: Answer(body=b'{"token":"t%d"}' % len(other.seen))
    with pytest.raises(RefusedError, match="the credentials of ada"):
        read(target(server.host), BLOB)
    assert len(server.seen) == 2
    server.respond = lambda _seen: BASIC
    server.seen.clear()
    with pytest.raises(RefusedError):
        read(target(server.host), BLOB)
    assert len(server.seen) == 2


def test_a_password_goes_to_the_token_server_and_a_token_to_the_registry(server: Faulty, other: Faulty) -> None:
    remember(server.host, "ada", "secret")

    def respond(seen: Seen) -> Answer:
        token = seen.headers.get("Authorization")
        return Answer(body=DATA) if token == "Bearer abc" else server.bearer(f"http://{other.host}/token?a=b")

    server.respond = respond
    other.respond = lambda _seen: Answer(body=b'{"access_token":"abc","expires_in":300}')
    there = target(server.host)
    assert read(there, BLOB) == DATA
    assert read(there, BLOB) == DATA
    (asked,) = other.seen
    assert asked.headers["Authorization"].startswith("Basic ")
    assert asked.target == "/token?a=b&service=s&scope=repository%3Ame%2Fmodel%3Apull%2Cpush&account=ada"
    assert [seen.headers.get("Authorization") for seen in server.seen] == [None, "Bearer abc", "Bearer abc"]


@pytest.mark.parametrize(
    "body", [b"{}", b"no JSON", b"[]", b'{"token":""}', b'{"token":"a\\r\\nb: c"}', b'{"token":5}']
)
def test_a_token_server_that_gives_no_token(server: Faulty, other: Faulty, body: bytes) -> None:
    server.respond = lambda _seen: server.bearer(f"http://{other.host}/token")
    other.respond = lambda _seen: Answer(body=body)
    with pytest.raises(RegistryError, match="token server"):
        read(target(server.host), BLOB)


@pytest.mark.parametrize("realm", ["", "ftp://x/", "token", "http://"])
def test_a_token_server_that_cannot_be_asked(server: Faulty, realm: str) -> None:
    server.respond = lambda _seen: server.bearer(realm)
    with pytest.raises(RegistryError, match="no usable token server"):
        read(target(server.host), BLOB)


def test_what_netrc_says_is_not_sent(server: Faulty) -> None:
    Path(os.environ["HOME"], ".netrc").write_text("machine 127.0.0.1 login ada password secret\n")
    server.respond = lambda _seen: Answer(body=DATA)
    assert read(target(server.host), BLOB) == DATA
    assert "Authorization" not in server.seen[0].headers


def test_a_proxy_is_not_asked_for_this_machine(server: Faulty, other: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://{other.host}")
    server.respond = lambda _seen: Answer(body=DATA)
    assert read(target(server.host), BLOB) == DATA
    assert other.seen == []

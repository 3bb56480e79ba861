"""Headers that no honest registry sends, and redirects that lead astray."""

import base64
import json
import os
from pathlib import Path

import pytest

from olbuild.core.content import BytesContent, Descriptor
from olbuild.core.errors import IntegrityError, OlbuildError, RegistryError
from olbuild.core.names import MediaType, Reference
from olbuild.storage.registry import open_registry
from tests.integration.registry.faulty import Answer, Faulty, Seen
from tests.integration.registry.samples import IMPATIENT, read, target

DATA = b"weights" * 1000
BLOB = Descriptor.of(MediaType.MODEL_WEIGHT, DATA)
MANIFEST = Descriptor.of(MediaType.OCI_MANIFEST, b"{}")
ENDLESS = "9" * 5000  # Python reads no number of more than 4300 digits
UNUSED = "127.0.0.1:1"


def keep(host: str, **entry: str) -> None:
    file = Path(os.environ["DOCKER_CONFIG"]) / "config.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"auths": {host: entry}}))


def test_a_range_without_end(server: Faulty) -> None:
    server.respond = lambda _seen: Answer(status=206, headers={"Content-Range": f"bytes {ENDLESS}-5/100"}, body=DATA)
    with pytest.raises(RegistryError, match="another range"):
        target(server.host).fetch(BLOB).read_at(1, 5)


def test_a_length_without_end(server: Faulty) -> None:
    server.respond = lambda _seen: Answer(headers={"Content-Length": ENDLESS}, length=None)
    with pytest.raises(IntegrityError, match="fewer"):
        read(target(server.host), BLOB)
    assert target(server.host).exists(MANIFEST)


@pytest.mark.parametrize(
    "when", ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "Mon, 01 Jan 2030 0:0:0 +9" + "9" * 19]
)
def test_a_time_that_no_clock_shows(server: Faulty, when: str) -> None:
    server.respond = lambda _seen: Answer(status=503, headers={"Retry-After": when})
    with pytest.raises(RegistryError, match="answered 503"):
        read(target(server.host), BLOB)
    assert len(server.seen) == 4


@pytest.mark.parametrize(("path", "asked"), [("/b/\xfc?x=\xe9", "/b/%FC?x=%E9"), ("/b/a b?c d", "/b/a%20b?c%20d")])
def test_an_address_with_characters_of_no_address(server: Faulty, path: str, asked: str) -> None:
    def respond(seen: Seen) -> Answer:
        return Answer(status=307, headers={"Location": path}) if seen.target.startswith("/v2/") else Answer(body=DATA)

    server.respond = respond
    assert read(target(server.host), BLOB) == DATA
    assert server.seen[-1].target == asked


def test_credentials_that_no_header_can_have(server: Faulty) -> None:
    server.respond = lambda _seen: server.bearer(f"http://{server.host}/token")
    for token in ("sekret-\u20ac", "sekret-\n"):
        keep(server.host, registrytoken=token)
        with pytest.raises(RegistryError, match="cannot be made") as refused:
            read(target(server.host), BLOB)
        assert "sekret" not in refused.value.message
    assert len(server.seen) == 2, "what cannot be sent is tried once"


@pytest.mark.parametrize(
    "proxy", ["http://ada:sekret@[bad", "http://ada:sekret@far.example:99999", "http://ada:sek ret@[x"]
)
def test_a_proxy_that_is_none(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    there = open_registry(Reference(host="far.example", repository="me/x"), patience=IMPATIENT)
    with pytest.raises(RegistryError, match=r"the proxy that is set for far\.example") as refused:
        there.resolve("v1")
    assert "sek" not in f"{refused.value.message}{refused.value.hint}"


@pytest.mark.parametrize("status", [307, 308])
def test_a_refresh_token_goes_to_its_token_server_only(server: Faulty, other: Faulty, status: int) -> None:
    keep(server.host, auth=base64.b64encode(b"ada:").decode(), identitytoken="refresh-me")
    away = Answer(status=status, headers={"Location": f"http://{other.host}/steal"})
    server.respond = lambda seen: away if seen.method == "POST" else server.bearer(f"http://{server.host}/token")
    with pytest.raises(RegistryError, match=f"a token .*answered {status}"):
        read(target(server.host), BLOB)
    assert b"refresh-me" in server.asked("POST")[0].body
    assert other.seen == []


def test_a_body_follows_a_redirect_in_the_same_place(server: Faulty) -> None:
    keep(server.host, auth=base64.b64encode(b"ada:").decode(), identitytoken="refresh-me")

    def respond(seen: Seen) -> Answer:
        if seen.headers.get("Authorization") == "Bearer t":
            return Answer(body=DATA)
        if seen.target == "/token":
            return Answer(status=307, headers={"Location": "/moved"})
        return Answer(body=b'{"token":"t"}') if seen.method == "POST" else server.bearer(f"http://{server.host}/token")

    server.respond = respond
    assert read(target(server.host), BLOB) == DATA
    assert [seen.target for seen in server.asked("POST")] == ["/token", "/moved"]


@pytest.mark.parametrize(
    ("location", "blamed"),
    [
        ("http://ada:sekret@{other}/x?sig=sekret", "http://{other}/x answered 500"),
        (f"http://ada:sekret@{UNUSED}/x?sig=sekret", f"cannot connect to {UNUSED}"),
        ("http://ada:sekret@x:99999/?sig=sekret", "{server} gave an address that cannot be used: http://x:99999/"),
        ("http://ada:sekret@{server}/again?sig=sekret", "redirects in a circle: http://{server}/again"),
    ],
)
def test_a_failure_after_a_redirect(server: Faulty, other: Faulty, location: str, blamed: str) -> None:
    """The message names who failed, and nothing that the address holds in confidence."""
    hosts = {"server": server.host, "other": other.host}
    server.respond = lambda _seen: Answer(status=307, headers={"Location": location.format(**hosts)})
    other.respond = lambda _seen: Answer(status=500)
    with pytest.raises(RegistryError) as failed:
        read(target(server.host), BLOB)
    assert blamed.format(**hosts) in failed.value.message
    assert "sekret" not in failed.value.message


def test_a_body_that_breaks_after_a_redirect(server: Faulty, other: Faulty) -> None:
    server.respond = lambda _seen: Answer(status=307, headers={"Location": f"http://{other.host}/x"})
    other.respond = lambda _seen: Answer(body=DATA[:10], length=len(DATA))
    with pytest.raises(RegistryError, match=f"the connection to {other.host} broke"):
        read(target(server.host), BLOB)


def test_a_redirected_host_gives_no_usable_address(server: Faulty, other: Faulty) -> None:
    server.respond = lambda _seen: Answer(status=307, headers={"Location": f"http://{other.host}/x"})
    other.respond = lambda _seen: Answer(status=307, headers={"Location": "file:///etc/passwd"})
    with pytest.raises(OlbuildError, match=f"{other.host} gave an address that cannot be used"):
        read(target(server.host), BLOB)


def test_an_upload_address_with_a_fragment(server: Faulty) -> None:
    def respond(seen: Seen) -> Answer:
        if seen.method == "POST":
            return Answer(status=202, headers={"Location": "/up?a=b#here"})
        return Answer(status=201 if seen.method == "PUT" else 404)

    server.respond = respond
    target(server.host).push(BLOB, BytesContent(DATA))
    assert [seen.target for seen in server.asked("PUT")] == [f"/up?a=b&digest=sha256%3A{BLOB.digest.hex}"]

"""Users, TLS and a registry that is read-only."""

import base64
import os
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest

from olbuild.core.errors import NotFoundError, RefusedError, UsageError
from olbuild.serving.hub.access import Access
from olbuild.serving.hub.run import Options, parse_address
from olbuild.storage.copy import copy
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.store import Store
from olbuild.testing.hub import hub
from olbuild.testing.registry import find_program
from olbuild.testing.tokens import certify
from tests.integration.hub.client import ask
from tests.integration.registry.samples import artifact, remember, target
from tests.unit.storage.artifacts import put

pytestmark = pytest.mark.integration

PASSWORD = "pä:ss wörd"


@pytest.fixture
def users(tmp_path: Path) -> Path:
    file = tmp_path / "users"
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4))
    file.write_bytes(b"# people\nada:" + hashed + b"\n\nbob:" + bcrypt.hashpw(b"x", bcrypt.gensalt(4)) + b"\n")
    return file


@pytest.fixture
def guarded(home: Path, users: Path) -> Iterator[str]:
    with hub(home, Options(htpasswd=users)) as host:
        yield host


def login(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_who_is_known_is_let_in(guarded: str) -> None:
    for _ in range(2):  # the second time it is remembered
        assert ask(guarded, "GET", "/v2/", headers=login("ada", PASSWORD)).status == 200
    source, root = artifact(b"secret")
    remember(guarded, "ada", PASSWORD)
    copy(source, target(guarded, "me/model"), root, name="v1")
    assert target(guarded, "me/model").resolve("v1") == root


@pytest.mark.parametrize(
    "headers",
    [
        {},
        login("ada", "wrong"),
        login("ada", ""),
        login("ada", PASSWORD + "x" * 80),
        login("ada", "nul\0"),
        login("eve", PASSWORD),
        login("", ""),
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic \xe4\xf6"},
        {"Authorization": "Basic"},
        {"Authorization": "Bearer x"},
    ],
)
def test_others_are_not(guarded: str, headers: dict[str, str]) -> None:
    for method, path in [("GET", "/v2/"), ("GET", "/v2/_catalog"), ("POST", "/v2/me/x/blobs/uploads/"), ("GET", "/x")]:
        answer = ask(guarded, method, path, headers=headers)
        assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"].startswith("Basic ")


def test_olbuild_says_that_a_login_is_needed(guarded: str) -> None:
    with pytest.raises(RefusedError):
        target(guarded, "me/model").resolve("v1")


def test_a_file_that_htpasswd_made(home: Path, tmp_path: Path) -> None:
    made = subprocess.run([find_program("htpasswd"), "-niB", "ada"], input=b"secret", capture_output=True, check=True)
    (tmp_path / "users").write_bytes(made.stdout)
    with hub(home, Options(htpasswd=tmp_path / "users")) as host:
        assert ask(host, "GET", "/v2/", headers=login("ada", "secret")).status == 200


@pytest.mark.parametrize("text", ["", "ada", "ada:{SHA}x", "ada:$apr1$x$y", "ada:secret"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "users").write_text(text)
    with pytest.raises(UsageError) as failed:
        Access.read(tmp_path / "users")
    assert "htpasswd -B" in (failed.value.hint or "")
    with pytest.raises(NotFoundError):
        Access.read(tmp_path / "nothing")


def test_a_registry_that_is_read_only(home: Path) -> None:
    root = put(Store.open(home), "a", "me/model:v1").root
    with hub(home, Options(readonly=True)) as host:
        there, back = target(host, "me/model"), MemoryTarget()
        copy(there, back, there.resolve("v1"))
        assert back.exists(root)
        for method, path in [
            ("POST", "blobs/uploads/"),
            ("POST", f"blobs/uploads/?mount={root.digest}"),
            ("PUT", "manifests/v2"),
            ("DELETE", "manifests/v1"),
            ("DELETE", f"blobs/{root.digest}"),
        ]:
            assert ask(host, method, f"/v2/me/model/{path}").code == "UNSUPPORTED"
    assert list(Store.open(home).names()) == ["me/model:v1"]


def test_tls(home: Path, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    certify(Path(find_program("openssl")), key, certificate, "localhost")
    trusting = ssl.create_default_context(cafile=certificate)
    data = os.urandom(3_000_000)
    with hub(home, Options(certificate=certificate, key=key)) as host:
        url = f"https://{host.replace('127.0.0.1', 'localhost')}"
        digest = Store.open(home).import_file(_file(tmp_path, data)).digest
        with urllib.request.urlopen(f"{url}/v2/me/x/blobs/{digest}", context=trusting) as response:  # noqa: S310 - https
            assert response.read() == data
        with pytest.raises(OSError, match=r"."):  # plain HTTP on the port of TLS is no request, and hurts nobody
            ask(host, "GET", "/v2/")
        with urllib.request.urlopen(f"{url}/v2/", context=trusting) as response:  # noqa: S310 - https
            assert response.status == 200


def test_a_certificate_that_is_none(home: Path, tmp_path: Path) -> None:
    nothing = _file(tmp_path, b"nothing")
    for options in (
        Options(certificate=nothing, key=nothing),
        Options(certificate=nothing),
        Options(certificate=tmp_path / "x", key=tmp_path / "y"),
    ):
        with pytest.raises(UsageError, match=r"certificate|--tls-key"), hub(home, options):
            pass


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:5080", ("127.0.0.1", 5080)),
        ("[::1]:0", ("::1", 0)),
        (":80", ("0.0.0.0", 80)),  # noqa: S104 - it is read, and nobody listens
        ("a.b:1", ("a.b", 1)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "5080", "localhost", "a:", "a:b", "a:70000", "a:-1"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError):
        parse_address(text)


def _file(folder: Path, data: bytes) -> Path:
    file = folder / "file"
    file.write_bytes(data)
    return file


def test_a_name_that_a_web_page_gave_to_loopback_is_refused(host: str, guarded: str) -> None:
    rebound = {"Host": "evil.example"}
    assert ask(host, "GET", "/v2/_catalog", headers=rebound).code == "DENIED"
    assert ask(host, "DELETE", "/v2/me/x/manifests/v1", headers=rebound).code == "DENIED"
    assert ask(guarded, "GET", "/v2/", headers={**rebound, **login("ada", PASSWORD)}).status == 200

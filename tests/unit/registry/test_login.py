"""What `login` and `logout` leave on disk. A small real server says yes to one password."""

import base64
import importlib
import json
import math
import os
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from olbuild.core.content.canonical import Json
from olbuild.core.errors import RefusedError, RegistryError, StoreError, UsageError
from olbuild.core.events import Event, Said
from olbuild.storage.registry import login, logout
from olbuild.storage.registry.login import encode_document
from tests.integration.registry.faulty import Answer, Faulty, Seen, faulty
from tests.integration.registry.samples import IMPATIENT

GOOD = "Basic " + base64.b64encode(b"ada:s\xc3\xa9cret").decode()


@pytest.fixture
def server() -> Iterator[Faulty]:
    def respond(seen: Seen) -> Answer:
        assert seen.target == "/v2/"
        if seen.headers.get("Authorization") == GOOD:
            return Answer(body=b"{}")
        return Answer(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})

    with faulty() as running:
        running.respond = respond
        yield running


@pytest.fixture
def file(hermetic_environment: Path) -> Path:
    return hermetic_environment / ".docker" / "config.json"


def document(file: Path) -> object:
    return json.loads(file.read_text())


def test_login_writes_what_docker_reads(server: Faulty, file: Path) -> None:
    where = login(server.host, "ada", "sécret")
    assert where == str(file)
    assert document(file) == {"auths": {server.host: {"auth": GOOD.removeprefix("Basic ")}}}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == ["config.json"]


def test_other_settings_stay(server: Faulty, file: Path) -> None:
    file.parent.mkdir()
    before = {
        "HttpHeaders": {"X": "é"},
        "auths": {"other.io": {"auth": "eDp5"}, f"https://{server.host}/v2/": {"auth": "b2xkOm9sZA=="}},
        "proxies": {"default": {}},
    }
    file.write_text(json.dumps(before))
    login(server.host, "ada", "sécret")
    after = {"auths": {"other.io": {"auth": "eDp5"}, server.host: {"auth": GOOD.removeprefix("Basic ")}}}
    assert document(file) == {**before, **after}
    assert logout(server.host)
    assert document(file) == {**before, "auths": {"other.io": {"auth": "eDp5"}}}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_to_the_configuration_stays_one(server: Faulty, file: Path, tmp_path: Path) -> None:
    file.parent.mkdir()
    real = tmp_path / "dotfiles.json"
    real.write_text("{}")
    file.symlink_to(real)
    login(server.host, "ada", "sécret")
    assert file.is_symlink()
    assert document(real) == document(file)
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


def test_nothing_is_kept_that_was_refused(server: Faulty, file: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        login(server.host, "ada", "wrong-secret")
    assert "wrong-secret" not in repr(refused.value) + str(refused.value.hint)
    assert not file.exists()


def test_a_host_may_be_written_as_an_address(server: Faulty, file: Path) -> None:
    login(f"http://{server.host}/v2/", "ada", "sécret")
    assert logout(f"https://{server.host}/")
    assert document(file) == {"auths": {}}


@pytest.mark.parametrize(
    ("host", "user", "password"),
    [
        ("", "ada", "x"),
        ("ghcr.io/me", "ada", "x"),
        ("user@ghcr.io", "ada", "x"),
        ("ghcr.io", "", "x"),
        ("ghcr.io", "a:b", "x"),
        ("ghcr.io", "ada", ""),
        ("ghcr.io", "\udcff", "x"),
        ("ghcr.io", "ada", "\udcff"),
    ],
)
def test_what_cannot_be(host: str, user: str, password: str) -> None:
    with pytest.raises(UsageError):
        login(host, user, password)


def test_a_broken_configuration_is_never_overwritten(server: Faulty, file: Path) -> None:
    file.parent.mkdir()
    file.write_text('{"auths": ')
    with pytest.raises(UsageError, match=r"config\.json is not valid JSON"):
        login(server.host, "ada", "sécret")
    assert file.read_text() == '{"auths": '
    assert server.seen == []


def deep() -> Json:
    value: Json = 1
    for _ in range(100_000):
        value = [value]
    return value


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, deep()], ids=["inf", "-inf", "nan", "deep"])
def test_what_cannot_be_written_again_is_refused(value: Json) -> None:
    with pytest.raises(UsageError, match="cannot be kept as it is"):
        encode_document({"x": value}, Path("config.json"))


def test_two_logins_at_once_are_both_kept(server: Faulty, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("olbuild.storage.registry.login")
    write = module._write

    def slowly(path: Path, data: bytes) -> None:
        time.sleep(0.2)  # long enough for the other one to have read what is replaced here
        write(path, data)

    monkeypatch.setattr(module, "_write", slowly)
    with faulty() as second, ThreadPoolExecutor(2) as pool:
        second.respond = server.respond
        hosts = (server.host, second.host)
        list(pool.map(lambda host: login(host, "ada", "sécret"), hosts))
    auth = {"auth": GOOD.removeprefix("Basic ")}
    assert document(file) == {"auths": dict.fromkeys(hosts, auth)}


def test_a_folder_that_cannot_be_written(server: Faulty, file: Path) -> None:
    file.parent.write_text("in the way")
    with pytest.raises(StoreError, match=r"config\.json cannot be written"):
        login(server.host, "ada", "sécret")


def test_what_is_no_registry(server: Faulty, file: Path) -> None:
    server.respond = lambda _seen: Answer(status=500, headers={"Content-Type": "text/html"}, body=b"<html>")
    with pytest.raises(RegistryError, match="a web page"):
        login(server.host, "ada", "sécret", patience=IMPATIENT)
    assert not file.exists()


def test_credentials_that_were_not_asked_for(server: Faulty) -> None:
    said: list[Event] = []
    server.respond = lambda _seen: Answer(body=b"{}")
    login(server.host, "ada", "sécret", emit=said.append)
    (event,) = said
    assert isinstance(event, Said)
    assert "not checked" in event.text


HELPER = """#!/bin/sh
case "$1" in
store) cat > "$0.kept" ;;
get) read server; [ -f "$0.kept" ] || { echo credentials not found in native keychain; exit 1; }; cat "$0.kept" ;;
erase) rm -f "$0.kept" ;;
esac
"""


def test_a_helper_keeps_the_password(
    server: Faulty, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "docker-credential-test"
    program.write_text(HELPER)
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    file.parent.mkdir()
    file.write_text('{"credsStore":"test"}')
    assert login(server.host, "ada", "sécret") == "docker-credential-test"
    kept = json.loads((tmp_path / "docker-credential-test.kept").read_text())
    assert kept == {"ServerURL": server.host, "Username": "ada", "Secret": "sécret"}
    assert document(file) == {"credsStore": "test", "auths": {server.host: {}}}
    assert logout(server.host)
    assert not (tmp_path / "docker-credential-test.kept").exists()
    assert document(file) == {"credsStore": "test", "auths": {}}
    assert not logout(server.host)


def test_logout_says_where_credentials_remain(file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    podman = tmp_path / "podman.json"
    podman.write_text(json.dumps({"auths": {"ghcr.io": {"auth": "eDp5"}}}))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(podman))
    said: list[Event] = []
    assert not logout("ghcr.io", emit=said.append)
    assert said == [Said(text=f"{podman} still has credentials for ghcr.io", level="warning")]
    assert not file.exists()

"""Docker's configuration and podman's, with their helpers."""

import base64
import json
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from olbuild.core.errors import RefusedError, UsageError
from olbuild.core.events import Event, Said
from olbuild.storage.registry import helpers
from olbuild.storage.registry.asking import Limits
from olbuild.storage.registry.credentials import find_credentials
from olbuild.storage.registry.secrets import IdentityToken, Password, RegistryToken, decode_basic, encode_basic

ADA = Password(username="ada", password="s:ecret")
AUTH = {"auth": base64.b64encode(b"ada:s:ecret").decode()}


@pytest.fixture
def environment(hermetic_environment: Path) -> dict[str, str]:
    home = hermetic_environment
    return {
        "DOCKER_CONFIG": str(home / ".docker"),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "XDG_CONFIG_HOME": str(home / "config"),
    }


def write(path: str | Path, document: object) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(json.dumps(document))


def docker(environment: Mapping[str, str], document: object) -> None:
    write(Path(environment["DOCKER_CONFIG"]) / "config.json", document)


def helper(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    file = folder / f"docker-credential-{name}"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.mark.parametrize(
    ("host", "repository", "key"),
    [
        ("ghcr.io", "", "ghcr.io"),
        ("ghcr.io", "me/x", "ghcr.io"),
        ("ghcr.io", "me/x", "ghcr.io/me"),
        ("ghcr.io", "me/x", "ghcr.io/me/x"),
        ("ghcr.io", "", "https://ghcr.io"),
        ("ghcr.io", "", "https://ghcr.io/v2/"),
        ("ghcr.io:444", "", "ghcr.io:444"),
        ("docker.io", "library/x", "https://index.docker.io/v1/"),
        ("docker.io", "", "docker.io"),
        ("docker.io", "", "registry-1.docker.io"),
    ],
)
def test_keys_that_stand_for_a_registry(environment: dict[str, str], host: str, repository: str, key: str) -> None:
    docker(environment, {"auths": {"other": {"auth": "eDp5"}, key: AUTH}})
    found = find_credentials(host, repository, environment)
    assert found is not None
    assert found.credentials == ADA


@pytest.mark.parametrize("key", ["ghcr.io:444", "ghcr.io/you", "notghcr.io", "ghcr.io.evil.example", "io"])
def test_keys_that_do_not(environment: dict[str, str], key: str) -> None:
    docker(environment, {"auths": {key: AUTH}})
    assert find_credentials("ghcr.io", "me/x", environment) is None


def test_the_most_specific_entry_wins(environment: dict[str, str]) -> None:
    docker(environment, {"auths": {"ghcr.io": {"auth": encode_basic("b", "b")}, "ghcr.io/me": AUTH}})
    found = find_credentials("ghcr.io", "me/x", environment)
    assert found is not None
    assert found.credentials == ADA


def test_the_order_of_the_files(environment: dict[str, str], tmp_path: Path) -> None:
    files = [
        Path(environment["XDG_CONFIG_HOME"]) / "containers/auth.json",
        Path(environment["XDG_RUNTIME_DIR"]) / "containers/auth.json",
        Path(environment["DOCKER_CONFIG"]) / "config.json",
        tmp_path / "named.json",
    ]
    environment["REGISTRY_AUTH_FILE"] = str(files[-1])
    for file in files:
        write(file, {"auths": {"x.io": {"auth": encode_basic("u", str(file))}}})
        found = find_credentials("x.io", "", environment)
        assert found is not None
        assert found.origin == str(file)


@pytest.mark.parametrize(
    ("entry", "credentials"),
    [
        ({"identitytoken": "t", **AUTH}, IdentityToken(token="t")),
        ({"registrytoken": "t"}, RegistryToken(token="t")),
        ({"auth": "not base64!"}, None),
        ({"auth": base64.b64encode(b"no colon").decode()}, None),
        ({"auth": 5}, None),
        ({}, None),
        ("text", None),
    ],
)
def test_entries(environment: dict[str, str], entry: object, credentials: object) -> None:
    docker(environment, {"auths": {"x.io": entry}})
    found = find_credentials("x.io", "", environment)
    assert (found and found.credentials) == credentials


@pytest.mark.parametrize("text", ["", "  \n", "{}", '{"auths":null}', '{"auths":[]}'])
def test_files_without_credentials(environment: dict[str, str], text: str) -> None:
    docker(environment, {})
    (Path(environment["DOCKER_CONFIG"]) / "config.json").write_text(text)
    assert find_credentials("x.io", "", environment) is None


@pytest.mark.parametrize("text", ["{", "[]", "\x00"])
def test_files_that_are_broken_are_named(environment: dict[str, str], text: str) -> None:
    docker(environment, {})
    (Path(environment["DOCKER_CONFIG"]) / "config.json").write_text(text)
    with pytest.raises(UsageError, match=r"config\.json"):
        find_credentials("x.io", "", environment)


GET = 'read server; [ "$1" = get ] && printf \'{"ServerURL":"%s","Username":"ada","Secret":"%s"}\' "$server" "$server"'


@pytest.mark.parametrize("setting", [{"credsStore": "test"}, {"credHelpers": {"x.io": "test"}, "credsStore": "absent"}])
def test_helpers(
    environment: dict[str, str], setting: dict[str, object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    helper(monkeypatch, tmp_path / "bin", "test", GET)
    docker(environment, {**setting, "auths": {"x.io": {}}})
    found = find_credentials("x.io", "", environment)
    assert found is not None
    assert found.credentials == Password(username="ada", password="x.io")
    assert found.origin == "docker-credential-test"


def test_a_helper_knows_docker_hub_by_its_old_name(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    helper(monkeypatch, tmp_path / "bin", "test", GET.replace('"ada"', '"<token>"'))
    docker(environment, {"credsStore": "test"})
    found = find_credentials("docker.io", "", environment)
    assert found is not None
    assert found.credentials == IdentityToken(token="https://index.docker.io/v1/")


def test_a_helper_without_credentials_leaves_it_to_the_file(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    helper(monkeypatch, tmp_path / "bin", "test", "echo credentials not found in native keychain; exit 1")
    docker(environment, {"credsStore": "test", "auths": {"x.io": AUTH}})
    found = find_credentials("x.io", "", environment)
    assert found is not None
    assert found.credentials == ADA


@pytest.mark.parametrize(
    ("name", "script", "said"),
    [
        ("test", "echo the keychain is locked; exit 1", "the keychain is locked"),
        ("test", "echo secret-on-stderr >&2; exit 3", "secret-on-stderr"),
        ("test", "exit 3", "exit status 3"),
        ("test", "echo no JSON", "not valid JSON"),
        ("test", "echo '{}'", "no Username and Secret"),
        ("absent", "true", "not on PATH"),
        ("../evil", "true", "not on PATH"),
    ],
)
def test_helpers_that_fail_say_why(
    environment: dict[str, str], name: str, script: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    helper(monkeypatch, tmp_path / "bin", "test", script)
    docker(environment, {"credsStore": name})
    with pytest.raises(RefusedError, match=said):
        find_credentials("x.io", "", environment)


def test_secrets_do_not_show() -> None:
    for value in (ADA, IdentityToken(token="s:ecret"), RegistryToken(token="s:ecret")):
        assert "s:ecret" not in repr(value)
    assert decode_basic(encode_basic("ada", "s:ecret")) == ADA


def test_a_helper_that_lets_one_wait_is_named_and_given_up(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    helper(monkeypatch, tmp_path / "bin", "test", "exec sleep 60")
    monkeypatch.setattr(helpers, "LIMITS", Limits(patience=0.4, worth_saying=0.1))
    docker(environment, {"credsStore": "test"})
    said: list[Event] = []
    with pytest.raises(RefusedError, match="docker-credential-test did not answer within"):
        find_credentials("x.io", "", environment, emit=said.append)
    assert said == [Said(text="waiting for docker-credential-test")]


def test_a_helper_that_prints_without_end_is_refused(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    helper(monkeypatch, tmp_path / "bin", "test", "exec cat /dev/zero")
    docker(environment, {"credsStore": "test"})
    with pytest.raises(RefusedError, match="docker-credential-test printed more than 64 KiB"):
        find_credentials("x.io", "", environment)

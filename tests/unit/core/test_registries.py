"""What the configuration file says about registries."""

from pathlib import Path

import pytest

from olbuild.core.config import load_config
from olbuild.core.errors import UsageError
from olbuild.core.registries import Registries, RegistrySettings

TEXT = """
registries:
  "*":
    retries: 2
    idle_timeout: 30
  Registry.Example:5000:
    idle_timeout: 1.5
    connect_timeout: 3
    stall_timeout: 4
    connections: 2
    chunk_size: 16MiB
    layer_limit: 9GiB
    ca: /etc/ca.pem
    client_certificate: /etc/me.pem
    client_key: /etc/me.key
    proxy: http://proxy.example:3128
    mirrors: [mirror.example, mirror.example:5000/path]
    plain_http: true
    insecure: false
"""


def read(folder: Path, text: str) -> Registries:
    file = folder / "config.yaml"
    file.write_text(text)
    return load_config({}, {"OLBUILD_CONFIG": str(file)}).registries


def test_a_host_wins_over_all_and_all_over_the_defaults(tmp_path: Path) -> None:
    registries = read(tmp_path, TEXT)
    assert registries.of("other.example") == RegistrySettings(retries=2, idle_timeout=30)
    assert registries.of("registry.example:5000") == RegistrySettings(
        retries=2,
        idle_timeout=1.5,
        connect_timeout=3,
        stall_timeout=4,
        connections=2,
        chunk_size=16 << 20,
        layer_limit=9 << 30,
        ca="/etc/ca.pem",
        client_certificate="/etc/me.pem",
        client_key="/etc/me.key",
        proxy="http://proxy.example:3128",
        mirrors=("mirror.example", "mirror.example:5000/path"),
        plain_http=True,
    )
    assert ("*", "retries", 2) in list(registries)


def test_the_password_of_a_proxy_is_not_shown(tmp_path: Path) -> None:
    registries = read(tmp_path, "registries: {a.example: {proxy: 'http://me:secret@proxy.example:3128'}}")
    assert list(registries) == [("a.example", "proxy", "http://***@proxy.example:3128")]
    assert registries.of("a.example").proxy == "http://me:secret@proxy.example:3128"


def test_nothing_is_said_of_any_registry(tmp_path: Path) -> None:
    assert read(tmp_path, "").of("ghcr.io") == read(tmp_path, "registries: {}").of("ghcr.io") == RegistrySettings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "registries must be a mapping of hosts"),
        ("{a b: {}}", "'a b' is no registry host"),
        ("{1: {}}", "'1' is no registry host"),
        ("{a.example: 1}", "a.example must be a mapping of settings"),
        ("{a.example: {retrys: 1}}", "a.example: unknown setting 'retrys'"),
        ("{a.example: {retries: -1}}", "a.example: retries must be a whole number from 0 to 100"),
        ("{a.example: {retries: true}}", "retries must be a whole number"),
        ("{a.example: {connections: 0}}", "connections must be a whole number from 1 to 64"),
        ("{a.example: {idle_timeout: 0}}", "idle_timeout must be a number of seconds"),
        ("{a.example: {idle_timeout: .nan}}", "idle_timeout must be a number of seconds"),
        ("{a.example: {idle_timeout: '5'}}", "idle_timeout must be a number of seconds"),
        ("{a.example: {chunk_size: 1KiB}}", "chunk_size must be a size of at least 65536 bytes"),
        ("{a.example: {chunk_size: much}}", "chunk_size must be a size"),
        ("{a.example: {ca: ca.pem}}", "ca must be an absolute path"),
        ("{a.example: {client_key: /k}}", "client_key is given without client_certificate"),
        ("{a.example: {proxy: proxy.example}}", "proxy must be an address"),
        ("{a.example: {mirrors: b.example}}", "mirrors must be a list"),
        ("{a.example: {mirrors: [name]}}", "'name' is no mirror"),
        ("{a.example: {insecure: 1}}", "insecure must be true or false"),
    ],
)
def test_what_cannot_be_is_named_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, f"registries: {text}\n")
    assert said in caught.value.message
    assert "config.yaml: registries" in caught.value.message

"""TLS with a real registry, and the ways in which it is not there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.core.errors import RegistryError
from olbuild.core.events import Emit, Event, Said, ignore
from olbuild.core.names import Reference
from olbuild.core.registries import read_registries
from olbuild.storage.copy import copy
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.registry import RegistryTarget, login, open_registry
from olbuild.testing.registry import Registry, docker_registry, find_program
from olbuild.testing.tokens import certify
from tests.integration.registry.faulty import Faulty
from tests.integration.registry.samples import IMPATIENT, artifact

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    certify(Path(find_program("openssl")), folder / "key.pem", folder / "certificate.pem", "localhost")
    return folder / "certificate.pem"


@pytest.fixture(scope="module")
def secure(certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    tls = {"certificate": str(certificate), "key": str(certificate.with_name("key.pem"))}
    with docker_registry(tmp_path_factory.mktemp("secure"), http={"tls": tls}) as running:
        yield running


def https(host: str, emit: Emit = ignore, **settings: object) -> RegistryTarget:
    """Open a repository with TLS, which loopback is otherwise spoken to without."""
    registries = read_registries({host: {"plain_http": False, **settings}}, "the test")
    reference = Reference(host=host, repository="me/model")
    return open_registry(reference, patience=IMPATIENT, registries=registries, emit=emit)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_push_and_pull(secure: Registry, certificate: Path, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, str(certificate))
    source, root = artifact(b"over TLS" * 500_000, variable.encode())
    copy(source, https(secure.host), root, name="v1")
    there, back = https(secure.host), MemoryTarget()
    copy(there, back, there.resolve("v1"))
    assert back._blobs == source._blobs


def test_a_certificate_that_is_not_trusted(secure: Registry) -> None:
    with pytest.raises(RegistryError, match=r"certificate of .* is not trusted: self.signed") as failed:
        https(secure.host).resolve("v1")
    assert failed.value.hint is not None
    assert "CA" in failed.value.hint


def test_a_registry_without_tls(server: Faulty) -> None:
    with pytest.raises(RegistryError, match="does not speak TLS") as failed:
        https(server.host).resolve("v1")
    assert failed.value.hint is not None
    assert "--plain-http" in failed.value.hint
    assert server.seen == []


def test_a_registry_with_tls_that_is_spoken_to_without(secure: Registry) -> None:
    with pytest.raises(RegistryError, match="HTTP request to an HTTPS server"):
        open_registry(Reference(host=secure.host, repository="me/model"), patience=IMPATIENT).resolve("v1")


def test_a_file_of_certificates_that_is_not_there(secure: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(RegistryError, match=r"/nowhere/ca\.pem"):
        https(secure.host).resolve("v1")


def round_trip(there: RegistryTarget, name: str) -> None:
    source, root = artifact(name.encode())
    copy(source, there, root, name=name)
    assert there.resolve(name) == root


def test_a_ca_of_the_configuration(secure: Registry, certificate: Path) -> None:
    round_trip(https(secure.host, ca=str(certificate)), "ca")


def test_insecure_is_said_each_run(secure: Registry) -> None:
    told: list[Event] = []
    round_trip(https(secure.host, told.append, insecure=True), "insecure")
    assert [each.text for each in told if isinstance(each, Said) and each.level == "warning"] == [
        f"the certificate of {secure.host} is not checked: the configuration says insecure"
    ]


def test_a_login_uses_the_configuration(secure: Registry, certificate: Path) -> None:
    with pytest.raises(RegistryError, match="not trusted"):
        login(secure.host, "ada", "x", registries=read_registries({secure.host: {"plain_http": False}}, ""))
    settings = {secure.host: {"plain_http": False, "ca": str(certificate)}}
    login(secure.host, "ada", "x", registries=read_registries(settings, ""))


def test_a_certificate_of_the_client(certificate: Path, tmp_path: Path) -> None:
    key, mine = tmp_path / "me.key", tmp_path / "me.pem"
    certify(Path(find_program("openssl")), key, mine, "me")
    tls = {"certificate": str(certificate), "key": str(certificate.with_name("key.pem")), "clientcas": [str(mine)]}
    with docker_registry(tmp_path / "registry", http={"tls": tls}) as running:
        with pytest.raises(RegistryError):
            https(running.host, ca=str(certificate)).resolve("v1")
        whole = https(running.host, ca=str(certificate), client_certificate=str(mine), client_key=str(key))
        round_trip(whole, "mine")
        with pytest.raises(RegistryError, match="nowhere"):
            https(running.host, ca=str(certificate), client_certificate="/nowhere/me.pem").resolve("v1")

"""Every registry that is installed, behind everything that may stand before one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from olbuild.core.content import BytesContent, Descriptor
from olbuild.core.errors import NotFoundError, OlbuildError, RefusedError, RegistryError
from olbuild.core.names import MediaType
from olbuild.storage.copy import copy
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.registry import RegistryTarget
from olbuild.storage.registry.credentials import find_credentials
from olbuild.storage.registry.hosts import Endpoint
from olbuild.storage.registry.provider import Provider
from olbuild.testing.registries import GUARDS, KINDS, Guard, Kind, start_registry
from olbuild.testing.registry import Registry
from tests.integration.registry.samples import IMPATIENT, artifact, remember

pytestmark = pytest.mark.integration

LAYER = os.urandom((1 << 20) + 1)

OPEN = [guard for guard in GUARDS if guard != "read-only"]


@contextmanager
def stocked(kind: Kind, folder: Path, guard: Guard, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """Run a registry whom this client may ask; one for reading has an artifact."""
    if guard == "read-only":
        with start_registry(kind, folder) as open_registry:
            source, root = artifact(LAYER)
            copy(source, target(open_registry), root, name="v1")
    with start_registry(kind, folder, guard) as registry:
        if guard in {"basic", "token"}:
            remember(registry.host, registry.username, registry.password)
        if registry.certificate is not None:
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(registry.certificate))
        yield registry


def target(registry: Registry, repository: str = "me/model") -> RegistryTarget:
    """Open a repository; TLS is spoken where there is a certificate, although this is loopback."""
    scheme = "http" if registry.certificate is None else "https"
    where = Endpoint(name=registry.host, authority=registry.host, scheme=scheme)
    provider = Provider(where, find=lambda: find_credentials(registry.host, repository), patience=IMPATIENT)
    return RegistryTarget(provider, repository)


@pytest.mark.parametrize("guard", OPEN)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_pushed_comes_back(kind: Kind, guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, root = artifact(LAYER, b"small")
    with stocked(kind, tmp_path / "registry", guard, monkeypatch) as registry:
        copy(source, target(registry), root, name="v1")
        back, there = MemoryTarget(), target(registry)
        assert there.resolve("v1") == root
        copy(there, back, root)
        assert back._blobs == source._blobs
        part = there.fetch(Descriptor.of(MediaType.MODEL_WEIGHT, LAYER)).read_at(1 << 19, 1000)
        assert part == LAYER[1 << 19 : (1 << 19) + 1000]
        with pytest.raises(NotFoundError):
            target(registry).resolve("v2")


@pytest.mark.parametrize("kind", KINDS)
def test_a_registry_for_reading(kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, root = artifact(LAYER)
    with stocked(kind, tmp_path / "registry", "read-only", monkeypatch) as registry:
        back, there = MemoryTarget(), target(registry)
        copy(there, back, there.resolve("v1"))
        assert root.digest in back._blobs
        with pytest.raises(OlbuildError) as refused:
            there.push(Descriptor.of(MediaType.MODEL_WEIGHT, b"new"), BytesContent(b"new"))
        assert registry.host in refused.value.message
        assert not there.exists(Descriptor.of(MediaType.MODEL_WEIGHT, b"new"))


@pytest.mark.parametrize("guard", ["basic", "token"])
@pytest.mark.parametrize("kind", KINDS)
def test_who_is_not_known_is_refused(kind: Kind, guard: Guard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, root = artifact(LAYER)
    with stocked(kind, tmp_path / "registry", guard, monkeypatch) as registry:
        remember(registry.host, registry.username, "wrong-one")
        with pytest.raises(RefusedError) as refused:
            copy(source, target(registry), root, name="v1")
        assert "wrong-one" not in f"{refused.value.message}{refused.value.hint}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_certificate_of_a_private_ca_is_not_trusted_unasked(kind: Kind, tmp_path: Path) -> None:
    with start_registry(kind, tmp_path / "registry", "tls") as registry:
        with pytest.raises(RegistryError, match="not trusted") as refused:
            target(registry).resolve("v1")
        assert refused.value.hint is not None

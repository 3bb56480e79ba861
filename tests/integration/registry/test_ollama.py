"""Ollama's registry, whose protocol is its own: signed requests for tokens, parts, object storage on another host."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles import modelpack, ollama
from olbuild.core.content import BytesContent, Descriptor, Graph
from olbuild.core.errors import FormatError, IntegrityError, NotFoundError, RefusedError, UsageError
from olbuild.core.names import Reference, Role
from olbuild.storage.copy import copy
from olbuild.storage.graph import GraphSource
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.registry import RegistryTarget, ollamaupload, open_registry, places
from olbuild.storage.registry.ed25519 import public_key
from olbuild.testing.models import model_bytes
from olbuild.testing.ollama import MANIFEST, OllamaRegistry
from tests.unit.artifact.contents import blob

pytestmark = pytest.mark.integration

SEED = bytes(range(32))
BUNDLE = Bundle(weights=(blob(Role.WEIGHTS, model_bytes()),), system="hi", licenses=("",))


def openssh(seed: bytes) -> bytes:
    """Return a private key as ``ssh-keygen`` writes it."""

    def text(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    public = public_key(seed)
    blob_ = text(b"ssh-ed25519") + text(public)
    private = b"\1\2\3\4" * 2 + blob_ + text(seed + public) + text(b"me")
    private += bytes(range(1, -len(private) % 8 + 1))
    data = b"openssh-key-v1\0" + text(b"none") * 2 + text(b"") + b"\0\0\0\1" + text(blob_) + text(private)
    lines = base64.encodebytes(data)
    return b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + lines + b"-----END OPENSSH PRIVATE KEY-----\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with Ollama's key in it."""
    (tmp_path / ".ollama").mkdir()
    (tmp_path / ".ollama" / "id_ed25519").write_bytes(openssh(SEED))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(params=[True, False], ids=["storage", "registry"])
def registry(request: pytest.FixtureRequest) -> Iterator[OllamaRegistry]:
    with OllamaRegistry(redirects=request.param, keys=frozenset({public_key(SEED)}), public=False).running() as running:
        yield running


def opened(registry: OllamaRegistry, name: str = "me/tiny:v1") -> RegistryTarget:
    return open_registry(Reference.parse(f"{registry.host}/{name}"), ollama=registry.host)


def send(registry: OllamaRegistry, graph: Graph) -> None:
    copy(GraphSource(graph, "a graph"), opened(registry), graph.root, name="v1")


def test_there_and_back(registry: OllamaRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ollamaupload, "SMALLEST", 1000)
    monkeypatch.setattr(ollamaupload, "LARGEST", 1000)
    graph = ollama.write(BUNDLE)
    send(registry, graph)
    assert hashlib.sha256(registry.manifests["me/tiny", "v1"]).hexdigest() == graph.root.digest.hex
    assert {each.descriptor.digest.hex for each in graph} - {graph.root.digest.hex} == {
        digest.removeprefix("sha256:") for digest in registry.blobs
    }
    source, here = opened(registry), MemoryTarget()
    root = source.resolve("v1")
    assert root == Descriptor(media_type=MANIFEST, digest=graph.root.digest, size=graph.root.size)
    copy(source, here, root, name="x")
    assert here.resolve("x") == root
    assert all(here.exists(node.descriptor) for node in graph)
    assert all("Authorization" not in seen.headers for seen in registry.seen if seen.at == "storage")
    assert any(seen.at == "storage" for seen in registry.seen)


def test_what_is_there_is_not_sent_again(registry: OllamaRegistry) -> None:
    graph = ollama.write(BUNDLE)
    send(registry, graph)
    registry.seen.clear()
    send(registry, graph)
    assert {seen.method for seen in registry.seen} == {"GET"}
    child = ollama.write(Bundle(weights=BUNDLE.weights, system="ho", licenses=("",)))
    registry.seen.clear()
    send(registry, child)
    assert sum(seen.method == "POST" for seen in registry.seen) == 1  # the system text; config and weights are there


def test_a_blob_of_another_repository_is_mounted(
    registry: OllamaRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_WORTH_IT", 0)
    graph = ollama.write(BUNDLE)

    def target(name: str) -> RegistryTarget:
        reference = Reference.parse(f"{registry.host}/{name}")
        return open_registry(reference, ollama=registry.host, state=tmp_path / "state")

    copy(GraphSource(graph, "a graph"), target("me/tiny:v1"), graph.root, name="v1")
    registry.blind = True  # it says of no blob that it has it
    registry.seen.clear()
    copy(GraphSource(graph, "a graph"), target("me/other:v1"), graph.root, name="v1")
    assert ("me/other", "v1") in registry.manifests
    assert not any(seen.method == "PATCH" for seen in registry.seen)


def test_a_manifest_is_found_again_by_its_tag_only(registry: OllamaRegistry) -> None:
    graph = ollama.write(BUNDLE)
    send(registry, graph)
    assert opened(registry).fetch(graph.root).size == graph.root.size  # another target, which has only the digest
    registry.manifests["me/tiny", "v1"] += b" "
    with pytest.raises(NotFoundError, match="no manifest"):
        opened(registry).fetch(graph.root)
    with pytest.raises(NotFoundError):
        opened(registry).resolve("v2")


def test_a_wrong_byte_is_never_believed(registry: OllamaRegistry) -> None:
    graph = ollama.write(BUNDLE)
    weights = BUNDLE.weights[0]
    wrong = Graph(tuple(node for node in graph if node.descriptor.digest != weights.digest))
    lying = GraphSource(wrong, "a graph")
    with pytest.raises(NotFoundError):
        copy(lying, opened(registry), graph.root, name="v1")
    descriptor = graph.find(weights.digest)
    assert descriptor is not None
    data = bytearray(model_bytes())
    data[-1] ^= 1
    with pytest.raises(IntegrityError):
        opened(registry).push(descriptor.descriptor, BytesContent(bytes(data)))
    assert str(weights.digest) not in registry.blobs


def test_only_ollamas_format_is_taken(registry: OllamaRegistry) -> None:
    with pytest.raises(FormatError, match="Ollama's own format only"):
        send(registry, modelpack.write(Bundle(weights=BUNDLE.weights)))
    assert registry.manifests == {}
    with pytest.raises(UsageError, match="two parts") as caught:
        opened(registry, "tiny")
    assert "library/tiny" in (caught.value.hint or "")


def test_nobody_elses_key_is_let_in(registry: OllamaRegistry, home: Path) -> None:
    (home / ".ollama" / "id_ed25519").write_bytes(openssh(bytes(32)))
    with pytest.raises(RefusedError, match="gives no token"):
        opened(registry).resolve("v1")
    (home / ".ollama" / "id_ed25519").unlink()
    with pytest.raises(RefusedError):
        opened(registry).resolve("v1")


def test_nothing_is_signed_for_another_host(registry: OllamaRegistry) -> None:
    """Neither for a registry that is not Ollama's, nor for a token server elsewhere."""
    other = open_registry(Reference.parse(f"{registry.host}/me/tiny:v1"))
    with pytest.raises(RefusedError):
        other.resolve("v1")
    assert all(":" not in seen.headers.get("Authorization", "") for seen in registry.seen)
    with OllamaRegistry(public=False).running() as stranger:
        registry_host, stranger.host = stranger.host, registry.host  # its challenge now names another host
        with pytest.raises(RefusedError, match="only for"):
            open_registry(Reference.parse(f"{registry_host}/me/tiny:v1"), ollama=registry_host).resolve("v1")
    assert all(":" not in seen.headers.get("Authorization", "") for seen in registry.seen)


BEGIN, END = b"-----BEGIN OPENSSH PRIVATE KEY-----\n", b"-----END OPENSSH PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        openssh(SEED)[:-60],
        openssh(SEED).replace(b"BEGIN OPENSSH", b"BEGIN RSA"),
        BEGIN + b"b3BlbnNzaC1rZXktdjEA\n" + END,
        BEGIN + b"?\n" + END,
    ],
)
def test_a_key_that_is_none(registry: OllamaRegistry, home: Path, data: bytes) -> None:
    (home / ".ollama" / "id_ed25519").write_bytes(data)
    with pytest.raises(RefusedError, match="no private key"):
        opened(registry).resolve("v1")

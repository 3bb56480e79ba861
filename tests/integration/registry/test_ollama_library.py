"""Ollama's library and registry, as the verbs use them: names without a host, FROM, run's lookup, and push."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.api.building import BuildRequest, build
from olbuild.api.locations import parse_location
from olbuild.api.lookup import find
from olbuild.api.publishing import build_to
from olbuild.api.transfer import pull, push
from olbuild.api.workspace import Workspace
from olbuild.api.writing import Profile
from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles import ollama, read_bundle
from olbuild.core.config import load_config
from olbuild.core.content import Descriptor
from olbuild.core.errors import NotFoundError, UsageError
from olbuild.core.events import Event, Said
from olbuild.core.names import Digest, MediaType, Reference, Role
from olbuild.storage.copy import copy
from olbuild.storage.graph import GraphSource
from olbuild.storage.registry import open_registry
from olbuild.testing.models import model_bytes
from olbuild.testing.ollama import OllamaRegistry
from tests.integration.registry.test_ollama import SEED, openssh
from tests.unit.artifact.contents import blob

pytestmark = pytest.mark.integration

LIBRARY = ollama.write(Bundle(weights=(blob(Role.WEIGHTS, model_bytes()),), system="of the library", licenses=("MIT",)))


class Place:
    """A workspace whose Ollama registry runs here, a folder, and what was said."""

    def __init__(self, folder: Path, host: str, *, offline: bool = False) -> None:
        self.said: list[str] = []
        config = load_config({"ollama_registry": host, "offline": offline, "home": str(folder / "store")})
        self.workspace = Workspace(config, self._listen)
        self.folder = folder

    def build(self, text: str, name: str, pull: str = "missing") -> Descriptor:
        request = BuildRequest(data=text.encode(), name="Modelfile", folder=self.folder, pull=pull)  # type: ignore[arg-type]
        return build(self.workspace, request, (name,)).descriptor

    def _listen(self, event: Event) -> None:
        if isinstance(event, Said):
            self.said.append(event.text)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OllamaRegistry]:
    """Run a registry with one model in its library, which everybody may read."""
    (tmp_path / ".ollama").mkdir()
    (tmp_path / ".ollama" / "id_ed25519").write_bytes(openssh(SEED))
    monkeypatch.setenv("HOME", str(tmp_path))
    with OllamaRegistry().running() as running:
        target = open_registry(Reference.parse(f"{running.host}/library/tiny:1b"), ollama=running.host)
        copy(GraphSource(LIBRARY, "a graph"), target, LIBRARY.root, name="1b")
        running.seen.clear()
        yield running


@pytest.fixture
def place(tmp_path: Path, registry: OllamaRegistry) -> Place:
    return Place(tmp_path, registry.host)


def test_pull_looks_into_the_library(place: Place, registry: OllamaRegistry) -> None:
    moved = pull(place.workspace, "tiny:1b")
    assert (moved.name, moved.descriptor) == ("tiny:1b", LIBRARY.root)
    assert place.said == [f"tiny:1b is not in the local store; looking it up in Ollama's library ({registry.host})"]
    assert not any(seen.path.startswith("/token") for seen in registry.seen)  # a public model needs no key
    bundle = read_bundle(moved.descriptor, place.workspace.store.fetch)
    assert (bundle.system, bundle.licenses) == ("of the library", ("MIT",))
    for name in ("tiny:1b", "library/tiny:1b"):
        assert find(place.workspace, name) == ("tiny:1b", LIBRARY.root)


def test_a_name_with_ollamas_host_is_the_same(place: Place, registry: OllamaRegistry) -> None:
    assert pull(place.workspace, f"{registry.host}/library/tiny:1b").name == "tiny:1b"


def test_a_strangers_model_does_not_take_the_place_of_ones_own(place: Place, registry: OllamaRegistry) -> None:
    (place.folder / "m.gguf").write_bytes(model_bytes(seed=3))
    own = place.build("FROM ./m.gguf\n", "tiny:1b")
    with pytest.raises(NotFoundError, match="already") as caught:
        pull(place.workspace, "tiny:1b")
    assert f"{registry.host}/library/tiny:1b" in (caught.value.hint or "")
    assert find(place.workspace, "tiny:1b")[1] == own
    assert registry.seen == []


def test_what_is_not_there(place: Place, registry: OllamaRegistry) -> None:
    with pytest.raises(NotFoundError):
        pull(place.workspace, "none")
    with pytest.raises(NotFoundError, match="names no registry"):
        pull(place.workspace, "a/b/c")
    with pytest.raises(UsageError, match="Tiny"):
        pull(place.workspace, "Tiny:1b")
    assert {seen.path for seen in registry.seen} == {"/v2/library/none/manifests/latest"}


def test_offline_and_unwanted(tmp_path: Path, registry: OllamaRegistry) -> None:
    with pytest.raises(NotFoundError, match="--offline forbids"):
        pull(Place(tmp_path, registry.host, offline=True).workspace, "tiny:1b")
    with pytest.raises(NotFoundError, match="names no registry"):
        pull(Place(tmp_path, "none").workspace, "tiny:1b")
    assert registry.seen == []


def test_from_looks_into_the_library(place: Place, registry: OllamaRegistry) -> None:
    root = place.build("FROM tiny:1b\nPARAMETER top_k 1\n", "me/mine")
    bundle = read_bundle(root, place.workspace.store.fetch)
    assert (bundle.system, bundle.parameters) == ("of the library", {"top_k": 1})
    assert bundle.base is not None
    assert (bundle.base.name, bundle.base.digest) == ("tiny:1b", LIBRARY.root.digest)
    assert root.media_type == MediaType.OCI_MANIFEST
    assert find(place.workspace, "tiny:1b")[1] == LIBRARY.root  # it stays, as after a pull
    registry.seen.clear()
    assert place.build("FROM tiny:1b\nPARAMETER top_k 1\n", "me/mine") == root
    assert registry.seen == []
    with pytest.raises(NotFoundError, match="--pull never"):
        place.build("FROM tiny:2b\n", "x", pull="never")


def test_from_with_ollamas_host_is_the_same(place: Place, registry: OllamaRegistry) -> None:
    root = place.build(f"FROM {registry.host}/library/tiny:1b\n", "mine")
    bundle = read_bundle(root, place.workspace.store.fetch)
    assert bundle.base is not None
    assert bundle.base.name == "tiny:1b"
    registry.seen.clear()
    assert place.build("FROM tiny:1b\n", "mine") == root
    assert registry.seen == []


@pytest.mark.parametrize("profile", ["modelpack", "ollama"])
def test_push_writes_ollamas_format(place: Place, registry: OllamaRegistry, profile: str) -> None:
    (place.folder / "m.gguf").write_bytes(model_bytes(seed=3))
    text = b"FROM ./m.gguf\nSYSTEM hi\nLABEL team=a\n"
    request = BuildRequest(data=text, name="Modelfile", folder=place.folder, profile=profile)  # type: ignore[arg-type]
    root = build(place.workspace, request, ("me/own",)).descriptor
    moved = push(place.workspace, "me/own", f"{registry.host}/me/own:v2")
    manifest = registry.manifests["me/own", "v2"]
    assert hashlib.sha256(manifest).hexdigest() == moved.descriptor.digest.hex
    assert (moved.descriptor == root) == (profile == "ollama")
    assert any("label" in text for text in place.said)
    back = pull(place.workspace, f"{registry.host}/me/own:v2", "back")
    assert back.descriptor == moved.descriptor
    assert str(parse_location(moved.name)) == f"{registry.host}/me/own:v2"


@pytest.mark.parametrize("profile", ["modelpack", "ollama"])
def test_a_build_goes_there_straight(place: Place, registry: OllamaRegistry, profile: Profile) -> None:
    (place.folder / "m.gguf").write_bytes(model_bytes(seed=3))
    data = b"FROM ./m.gguf\nSYSTEM hi\n"
    request = BuildRequest(data=data, name="Modelfile", folder=place.folder, profile=profile)
    built = build_to(place.workspace, request, (parse_location(f"{registry.host}/me/own:v2"),))
    manifest = registry.manifests["me/own", "v2"]
    assert json.loads(manifest)["layers"][0]["digest"] == str(Digest.of(model_bytes(seed=3)))
    assert hashlib.sha256(manifest).hexdigest() == built.descriptor.digest.hex
    assert not place.workspace.store.exists(built.descriptor)

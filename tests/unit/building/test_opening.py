"""Packed models are unpacked into the store, once, within bounds."""

import io
import tarfile
from pathlib import Path

import pytest

from olbuild.artifact.profiles import modelcar, modelpack, read_bundle
from olbuild.building.cache import BuildCache
from olbuild.building.opening import Opener
from olbuild.core.content import Descriptor, FileContent, Graph
from olbuild.core.errors import FormatError, ResourceError
from olbuild.core.events import Event, Said, Started
from olbuild.core.names import Digest, MediaType
from olbuild.storage.store import Store
from olbuild.testing.models import model_bytes
from tests.unit.artifact.packing import graph_of, tar
from tests.unit.artifact.test_modelpack import FULL, MINIMAL

WEIGHTS = "application/vnd.cncf.model.weight.v1.tar"


class Place:
    """A store with an opener."""

    def __init__(self, folder: Path) -> None:
        self.events: list[Event] = []
        self.store = Store.open(folder / "home")
        self.opener = Opener(store=self.store, cache=BuildCache(folder / "cache"), emit=self.events.append)

    def add(self, graph: Graph) -> Descriptor:
        for node in graph:
            self.store.push(node.descriptor, node.content)
        return graph.root

    def add_packed(self, *layers: tuple[str, bytes]) -> Descriptor:
        kind = {"artifactType": MediaType.MODEL_ARTIFACT}
        return self.add(graph_of(*layers, config_type=MediaType.MODEL_CONFIG, **kind)[2])

    def open(self, root: Descriptor) -> Descriptor:
        with self.store.lease("test") as lease:
            lease.protect([root.digest])
            return self.opener.open(root, "me/x", lease)

    @property
    def started(self) -> list[str]:
        return [event.label for event in self.events if isinstance(event, Started)]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_an_artifact_of_raw_files_is_what_it_is(place: Place) -> None:
    root = place.add(modelpack.write(MINIMAL))
    assert place.open(root) == root
    assert place.events == []


def test_what_is_unpacked_is_the_artifact_that_was_packed(place: Place) -> None:
    opened = place.open(place.add(modelcar.write(MINIMAL)))
    bundle = read_bundle(opened, place.store.fetch)
    content = bundle.weights[0].content
    assert isinstance(content, FileContent)  # what the engine maps
    assert content.read_at(0, content.size) == model_bytes()
    assert place.store.verify() == ()


def test_it_is_done_once_until_it_is_pruned(place: Place) -> None:
    root = place.add(modelcar.write(FULL))
    place.store.tag(root, "me/x:latest")
    first = place.open(root)
    assert len(place.started) == 14
    place.events.clear()
    assert place.open(root) == first
    assert place.events == []
    place.store.prune()
    assert not place.store.complete(first)
    assert place.open(root) == first
    assert place.store.complete(first)


def test_files_that_nothing_here_uses_stay_packed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("olbuild.building.opening.LARGEST_OTHER", 100)
    layer = tar(("m.gguf", model_bytes()), ("m.safetensors", bytes(101)), ("config.json", b"{}"), ("empty", b""))
    bundle = read_bundle(place.open(place.add_packed((WEIGHTS, layer))), place.store.fetch)
    assert sorted(extra.path or "" for extra in bundle.extras) == ["config.json", "empty"]
    assert [event.text for event in place.events if isinstance(event, Said)] == [
        "me/x has its files in tar layers; they are unpacked once",
        "m.safetensors is no GGUF file and stays packed",
    ]


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (tar(("m.safetensors", b"\x10" + bytes(100))), "me/x has no GGUF weights"),
        (tar(("m.gguf", model_bytes()), ("../x", b"x")), "leaves"),
        (tar(("m.gguf", model_bytes()), ("M.GGUF", model_bytes())), "."),
        (tar(("m.gguf", model_bytes()))[:3000], "ends early"),
        (b"", "has no|tar"),
        (b"not a tar archive" * 100, "no tar archive"),
        (tar(("m.gguf", model_bytes()[:50])), "m.gguf"),
    ],
)
def test_what_is_malformed_is_refused_and_nothing_is_named(place: Place, layer: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        place.open(place.add_packed((WEIGHTS, layer)))
    assert place.store.names() == {}
    assert place.store.verify() == ()


@pytest.mark.parametrize("packing", ["tar+gzip", "tar+zstd"])
def test_a_bomb_is_stopped(place: Place, packing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("olbuild.storage.archive.layers._ALWAYS", 1 << 20)
    root = place.add_packed((f"application/vnd.cncf.model.weight.v1.{packing}", tar(("m.gguf", bytes(8 << 20)))))
    with pytest.raises(FormatError, match="which its own size makes unlikely"):
        place.open(root)
    assert sum(place.store.layout.blobs.sizes().values()) < 100_000


def test_damaged_compression_is_refused(place: Place) -> None:
    for magic in (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"):
        with pytest.raises(FormatError):
            place.open(place.add_packed((WEIGHTS, magic + bytes(range(256)))))


def test_a_file_larger_than_the_disk_is_refused_before_it_is_written(place: Place) -> None:
    info = tarfile.TarInfo("m.gguf")
    info.size = 1 << 49
    header = info.tobuf(tarfile.PAX_FORMAT)
    with pytest.raises(ResourceError):
        place.open(place.add_packed((WEIGHTS, header + model_bytes())))


def test_too_many_files_are_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("olbuild.building.opening._MOST_FILES", 3)
    with pytest.raises(FormatError, match="more than 3 files"):
        place.open(place.add_packed((WEIGHTS, tar(*((f"{number}", b"x") for number in range(4))))))


def test_bytes_of_an_unknown_digest_are_kept(place: Place) -> None:
    data = model_bytes()
    assert place.store.keep(io.BytesIO(data), len(data)) == Digest.of(data)
    assert place.store.exists(Descriptor.of("a/b", data))

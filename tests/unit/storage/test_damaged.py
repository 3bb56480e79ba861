"""Damage does not stop care: what is wrong is passed over or repaired, and the rest is collected and measured."""

from pathlib import Path

import pytest

from olbuild.core.content import Graph
from olbuild.core.errors import FormatError
from olbuild.storage.copy import copy
from olbuild.storage.store import Store
from olbuild.testing.targets import in_memory
from tests.unit.storage.artifacts import put, referrer


def damage(store: Store, graph: Graph, number: int) -> Path:
    """Change the bytes of a blob, and not their number."""
    blob = store.layout.blobs.path(graph.nodes[number].descriptor.digest)
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes()[::-1])
    return blob


def folder_for(store: Store, graph: Graph, number: int) -> Path:
    """Put a folder in the place of a blob."""
    blob = store.layout.blobs.path(graph.nodes[number].descriptor.digest)
    blob.unlink()
    blob.mkdir()
    return blob


def test_a_damaged_small_blob_counts_as_absent_and_is_written_anew(store: Store) -> None:
    graph = put(store, "seed", "one")
    damage(store, graph, 1)
    assert not store.complete(graph.root)
    put(store, "seed", "one")
    assert store.complete(graph.root)
    assert store.verify() == ()


def test_a_changed_link_that_no_name_needs_stops_no_collection(store: Store, tmp_path: Path) -> None:
    put(store, "other", "other")
    file = tmp_path / "file"
    file.write_bytes(b"{weights}")
    store.import_file(file, link=True)
    file.write_bytes(b"{changed}")
    assert store.remove("other").blobs == 4
    assert store.prune().blobs == 1
    assert not list(store.layout.blobs)


def test_a_damaged_referrer_that_no_name_needs_is_collected(store: Store) -> None:
    graph = put(store, "seed", "one")
    signature = referrer(graph.root)
    copy(in_memory(signature), store, signature.root)
    blob = store.layout.blobs.path(signature.root.digest)
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes().replace(b'"schemaVersion":2', b'"schemaVersion":3'))
    assert store.prune().blobs == len(signature.nodes)
    assert store.complete(graph.root)


@pytest.mark.parametrize("name", ["one", None])
def test_a_folder_in_the_place_of_a_blob_is_told_and_left_alone(name: str | None, store: Store) -> None:
    kept, graph = put(store, "kept", "kept"), put(store, "seed", name, (b"own",))
    blob = folder_for(store, graph, 1)
    assert str(graph.nodes[1].descriptor.digest) in {problem.subject for problem in store.verify()}
    assert not store.complete(graph.root)
    assert graph.nodes[1].descriptor.digest not in store.layout.blobs.sizes()
    assert store.usage().total == sum(store.layout.blobs.sizes().values())
    if name is not None:
        assert store.prune().blobs == 0
        store.remove(name)
    store.prune()
    assert set(store.layout.blobs.sizes()) == {entry.descriptor.digest for entry in kept}
    assert blob.is_dir()


def test_a_folder_in_the_place_of_a_manifest_stops_collection_until_its_name_is_removed(store: Store) -> None:
    graph = put(store, "seed", "one")
    folder_for(store, graph, -1)
    with pytest.raises(FormatError, match="is not a file"):
        store.prune()
    store.remove("one")
    assert store.prune().blobs == len(graph.nodes) - 1

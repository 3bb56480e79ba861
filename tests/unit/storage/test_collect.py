"""Collection: what nothing needs goes, and never anything else."""

from pathlib import Path

import pytest

from olbuild.core.content import Graph
from olbuild.core.errors import IntegrityError, NotFoundError
from olbuild.core.names import Digest
from olbuild.storage.copy import copy
from olbuild.storage.store import Store
from olbuild.testing.targets import in_memory, sample_graph
from tests.unit.storage.artifacts import index_of, node, put, referrer


def digests(*graphs: Graph) -> set[Digest]:
    return {entry.descriptor.digest for graph in graphs for entry in graph}


def test_prune_keeps_what_names_reach(store: Store) -> None:
    kept, dropped = put(store, "kept", "me/kept:1"), put(store, "dropped", "me/dropped:1")
    assert store.prune().blobs == 0
    store.untag("me/dropped:1")
    dry = store.prune(dry_run=True)
    assert set(store.layout.blobs) == digests(kept, dropped)
    pruned = store.prune()
    assert pruned == dry
    assert set(pruned.digests) == digests(dropped) - digests(kept)
    assert pruned.bytes == sum(entry.descriptor.size for entry in dropped)
    assert set(store.layout.blobs) == digests(kept)
    assert store.verify() == ()


def test_remove_collects_what_only_that_name_needed(store: Store) -> None:
    one = put(store, "same", "one", (b"shared", b"own of one"))
    two = put(store, "same", "two", (b"shared", b"own of two"))
    loose = put(store, "loose")
    removed = store.remove("one")
    assert set(removed.digests) == digests(one) - digests(two)
    assert set(store.layout.blobs) == digests(two, loose)
    assert store.verify() == ()
    with pytest.raises(NotFoundError, match="'one'"):
        store.remove("one")


def test_a_second_name_keeps_everything(store: Store) -> None:
    graph = put(store, "seed", "one")
    store.tag(graph.root, "two")
    assert store.remove("one").blobs == 0
    assert store.complete(graph.root)


def test_an_index_keeps_its_manifests(store: Store) -> None:
    one, two = put(store, "one"), put(store, "two")
    index = index_of(one.root, two.root)
    store.push(index.descriptor, index.content)
    store.tag(index.descriptor, "both")
    assert store.prune().blobs == 0
    assert len(store.graph(index.descriptor)) == 1 + len(digests(one, two))
    assert store.remove("both").blobs == 1 + len(digests(one, two))


def test_a_subject_keeps_its_referrers_and_not_the_other_way_round(store: Store) -> None:
    subject = put(store, "subject", "me/subject:1")
    signature = referrer(subject.root)
    note = referrer(signature.root, "about the signature")
    for graph in (signature, note):
        copy(in_memory(graph), store, graph.root)
    assert store.prune().blobs == 0
    store.tag(note.root, "note")
    removed = store.remove("me/subject:1")
    assert set(removed.digests) == digests(subject, signature) - digests(note)


def test_a_lease_protects_before_and_after_it_is_stored(store: Store) -> None:
    graph = sample_graph("leased")
    with store.lease("test") as lease:
        lease.protect([graph.root.digest])
        copy(in_memory(graph), store, graph.root)
        assert store.prune().blobs == 0
        assert store.remove(_named(store, graph)).blobs == 0
        assert set(store.layout.blobs) == digests(graph)
    assert set(store.prune().digests) == digests(graph)


def test_an_import_under_a_lease_is_protected(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"weights")
    with store.lease("build") as lease:
        first = store.import_file(file, lease=lease)
        assert store.prune().blobs == 0
    with store.lease("build") as lease:
        assert store.import_file(file, lease=lease).how == "cached"
        assert store.prune().blobs == 0
    assert store.prune().digests == (first.digest,)


def test_a_copy_with_its_preparation_is_protected_while_it_runs(store: Store) -> None:
    graph = sample_graph("received")
    with store.lease("pull") as lease:
        copy(in_memory(graph), store, graph.root, prepare=store.preparation(lease))
        assert store.prune().blobs == 0
    assert store.prune().blobs == len(digests(graph))


def test_a_name_is_never_given_to_what_is_incomplete(store: Store) -> None:
    graph = put(store, "seed")
    store.layout.blobs.delete(graph.nodes[0].descriptor.digest)
    assert not store.complete(graph.root)
    with pytest.raises(NotFoundError, match=f"lacks {graph.nodes[0].descriptor.digest}, which one needs"):
        store.tag(graph.root, "one")
    assert store.names() == {}


def test_a_damaged_manifest_stops_collection_and_can_be_removed(store: Store) -> None:
    graph, other = put(store, "seed", "damaged"), put(store, "other", "whole")
    blob = store.layout.blobs.path(graph.root.digest)
    blob.chmod(0o644)
    blob.write_bytes(b"?" * graph.root.size)
    with pytest.raises(IntegrityError) as raised:
        store.prune()
    assert "store verify" in str(raised.value.hint)
    with pytest.raises(IntegrityError):
        store.remove("whole")
    assert set(store.layout.blobs) == digests(graph, other)
    assert not store.complete(graph.root)
    store.remove("damaged")
    store.prune()
    assert set(store.layout.blobs) == digests(other)


def test_usage_tells_own_bytes_from_shared_ones(store: Store) -> None:
    one = put(store, "same", "one", (b"shared" * 100, b"own of one"))
    put(store, "same", "two", (b"shared" * 100, b"own of two!"))
    loose = node(b"loose")
    store.push(loose.descriptor, loose.content)
    usage = store.usage()
    first, second = usage.names
    assert (first.name, second.name) == ("one", "two")
    assert first.total == first.unique + first.shared == sum(entry.descriptor.size for entry in one)
    assert first.shared == second.shared == len(b"same" + b"shared" * 100) + one.nodes[0].descriptor.size
    assert usage.unnamed == len(b"loose")
    assert usage.total == first.unique + second.unique + first.shared + usage.unnamed
    assert store.remove("one").bytes == first.unique


def _named(store: Store, graph: Graph) -> str:
    store.tag(graph.root, "name")
    return "name"


def test_what_a_lease_keeps_is_counted(store: Store) -> None:
    graph, other = put(store, "leased", "name"), put(store, "other", "other")
    size = sum(entry.descriptor.size for entry in graph)
    with store.lease("test") as lease:
        lease.protect([graph.root.digest])
        assert store.usage().leased == 0
        removed = store.remove("name")
        assert (removed.bytes, removed.kept) == (0, size)
        assert (store.usage().unnamed, store.usage().leased) == (size, size)
        store.untag("other")
        loose = sum(entry.descriptor.size for entry in other)
        assert (store.usage().unnamed, store.usage().leased) == (size + loose, size)
        pruned = store.prune()
        assert (pruned.bytes, pruned.kept) == (loose, size)
    assert store.usage().leased == 0
    assert (store.prune().bytes, store.prune().kept) == (size, 0)

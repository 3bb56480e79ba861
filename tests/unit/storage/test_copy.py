"""Copying graphs: the order, what is told, and graphs that mean harm."""

import pytest

from olbuild.core.content import BytesContent, Descriptor, canonical_json
from olbuild.core.errors import FormatError, IntegrityError
from olbuild.core.events import Event, Finished, Started
from olbuild.core.names import Digest, MediaType
from olbuild.storage.copy import copy
from olbuild.storage.memory import MemoryTarget
from olbuild.testing.targets import in_memory, sample_graph
from tests.unit.storage.artifacts import index_of, node


def test_children_come_before_parents_and_are_prepared_first() -> None:
    graph, told = sample_graph("seed"), list[object]()
    order = [entry.descriptor.digest for entry in graph]
    copy(
        in_memory(graph),
        MemoryTarget(),
        graph.root,
        name="one",
        emit=lambda event: told.append(event.id if isinstance(event, Started) else None),
        prepare=lambda nodes: told.append([entry.digest for entry in nodes]),
    )
    assert told[0] == order
    started = [identity for identity in told[1:] if identity]
    assert sorted(map(str, started[:-1])) == sorted(map(str, order[:-1]))
    assert started[-1] == str(order[-1])


def test_events_say_what_exists_and_what_failed() -> None:
    graph, target, events = sample_graph("seed"), MemoryTarget(), list[Event]()
    target.push(graph.nodes[0].descriptor, graph.nodes[0].content)
    source = in_memory(graph)
    source._blobs[graph.nodes[2].descriptor.digest] = b"damaged"
    with pytest.raises(IntegrityError):
        copy(source, target, graph.root, name="one", emit=events.append)
    outcomes = {event.id: event.outcome for event in events if isinstance(event, Finished)}
    assert outcomes[str(graph.nodes[0].descriptor.digest)] == "exists"
    assert outcomes[str(graph.nodes[2].descriptor.digest)] == "failed"
    assert str(graph.root.digest) not in outcomes


def test_a_digest_that_stands_twice_moves_once() -> None:
    graph, started = sample_graph("seed", (b"same", b"same")), list[str]()
    copy(
        in_memory(graph),
        MemoryTarget(),
        graph.root,
        emit=lambda event: started.append(event.id) if isinstance(event, Started) else None,
    )
    assert len(started) == len(set(started)) == 3


def test_a_chain_of_indexes_has_an_end() -> None:
    source, root = MemoryTarget(), sample_graph("seed").root
    for _ in range(12):
        index = index_of(root)
        source.push(index.descriptor, index.content)
        root = index.descriptor
    with pytest.raises(FormatError, match="nested more than 8 deep"):
        copy(source, MemoryTarget(), root)


def many_layers(first: int, count: int) -> bytes:
    layers = [
        Descriptor(media_type="a/b", digest=Digest(f"{number:064x}"), size=1).to_json()
        for number in range(first, first + count)
    ]
    config = layers[0]
    return canonical_json({"schemaVersion": 2, "config": config, "layers": layers})


def test_a_graph_of_too_many_nodes_is_refused_before_anything_moves() -> None:
    source, target = MemoryTarget(), MemoryTarget()
    manifests = [node(many_layers(number * 9_000, 9_000), MediaType.OCI_MANIFEST) for number in range(3)]
    index = index_of(*(manifest.descriptor for manifest in manifests))
    for entry in (*manifests, index):
        source.push(entry.descriptor, entry.content)
    with pytest.raises(FormatError, match="more than 20000 nodes"):
        copy(source, target, index.descriptor)
    assert target._blobs == {}


def test_manifests_of_too_many_bytes_are_refused() -> None:
    source = MemoryTarget()
    padding = " " * (4 << 20)
    manifests = []
    for number in range(17):
        data = many_layers(number, 1).decode()
        manifest = node((data + padding)[: 4 << 20].encode(), MediaType.OCI_MANIFEST)
        source.push(manifest.descriptor, manifest.content)
        manifests.append(manifest.descriptor)
    index = index_of(*manifests)
    source.push(index.descriptor, index.content)
    with pytest.raises(FormatError, match="have more than 67108864 bytes"):
        copy(source, MemoryTarget(), index.descriptor)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"{" * 50_000, b'{"config": {}, "layers": 3}', b"\xff"])
def test_a_malformed_manifest_is_one_error(data: bytes) -> None:
    source = MemoryTarget()
    root = Descriptor.of(MediaType.OCI_MANIFEST, data)
    source.push(root, BytesContent(data))
    with pytest.raises(FormatError):
        copy(source, MemoryTarget(), root)


def test_two_sizes_for_one_digest_are_refused_before_anything_moves() -> None:
    source, target = MemoryTarget(), MemoryTarget()
    config, layer = node(b"{}"), node(b"layer")
    twice = [layer.descriptor.to_json(), {**layer.descriptor.to_json(), "size": 6}]
    manifest = node(
        canonical_json({"schemaVersion": 2, "config": config.descriptor.to_json(), "layers": twice}),
        MediaType.OCI_MANIFEST,
    )
    for entry in (config, layer, manifest):
        source.push(entry.descriptor, entry.content)
    with pytest.raises(FormatError, match=f"two sizes for one digest: {layer.descriptor.digest}"):
        copy(source, target, manifest.descriptor)
    assert target._blobs == {}

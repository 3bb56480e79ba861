"""Artifacts that tests put into layouts and stores."""

from olbuild.core.content import BytesContent, Descriptor, Graph, Node, canonical_json
from olbuild.core.names import MediaType
from olbuild.storage.copy import copy
from olbuild.storage.ports import Target
from olbuild.testing.targets import in_memory, sample_graph


def put(target: Target, seed: str, name: str | None = None, layers: tuple[bytes, ...] = (b"one", b"two")) -> Graph:
    """Make an artifact and copy it into a target."""
    graph = sample_graph(seed, layers)
    copy(in_memory(graph), target, graph.root, name=name)
    return graph


def node(data: bytes, media_type: str = "application/octet-stream") -> Node:
    """Describe bytes."""
    return Node(Descriptor.of(media_type, data), BytesContent(data))


def referrer(subject: Descriptor, note: str = "signature") -> Graph:
    """Make an artifact that is about another one, such as its signature."""
    config, layer = node(b"{}", MediaType.OCI_EMPTY), node(note.encode())
    manifest = canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": MediaType.OCI_MANIFEST.value,
            "config": config.descriptor.to_json(),
            "layers": [layer.descriptor.to_json()],
            "subject": subject.to_json(),
        }
    )
    return Graph((config, layer, node(manifest, MediaType.OCI_MANIFEST)))


def index_of(*roots: Descriptor) -> Node:
    """Make an image index over manifests."""
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_INDEX.value,
        "manifests": [root.to_json() for root in roots],
    }
    return node(canonical_json(document), MediaType.OCI_INDEX)

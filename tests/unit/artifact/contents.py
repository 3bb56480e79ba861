"""Content that watches how it is read, and bundles in memory."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from olbuild.artifact.bundle import Blob, Bundle
from olbuild.artifact.profiles import Fetch, PackedFile, packed_profile, read_bundle, read_manifest
from olbuild.artifact.profiles.packed import is_tar
from olbuild.core.content import BytesContent, Content, Descriptor, Graph, Node, Reader
from olbuild.core.errors import NotFoundError
from olbuild.core.names import Digest, MediaType, Role
from olbuild.storage.archive import files_in


@dataclass
class WatchedContent:
    """Bytes that fail a test which asks for anything outside of them, and remember what was asked for."""

    data: bytes
    claimed: int | None = None  # a size that is larger than the bytes, as of a sparse file
    reads: list[tuple[int, int]] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.claimed if self.claimed is not None else len(self.data)

    def open(self, offset: int = 0, size: int | None = None) -> Reader:
        raise AssertionError(f"a header is read with read_at, and not {size} bytes from {offset} on")

    def read_at(self, offset: int, size: int) -> bytes:
        assert offset >= 0
        assert size >= 0
        assert offset + size <= self.size, f"read {size} bytes at {offset} of {self.size}"
        self.reads.append((offset, size))
        found = self.data[offset : offset + size]
        return found + bytes(size - len(found))


def blob(role: Role, data: bytes) -> Blob:
    return Blob(role=role, digest=Digest.of(data), size=len(data), content=BytesContent(data))


def fetch_from(graph: Graph) -> Fetch:
    contents = {node.descriptor.digest: node.content for node in graph}

    def fetch(descriptor: Descriptor) -> Content:
        if descriptor.digest not in contents:
            raise NotFoundError(f"no content {descriptor.digest}")
        return contents[descriptor.digest]

    return fetch


def read_whole(root: Descriptor, fetch: Fetch) -> Bundle:
    """Read a model whose files may be packed, with what is unpacked in memory."""
    manifest = read_manifest(root, fetch)
    profile = packed_profile(manifest)
    if profile is None:
        return read_bundle(root, fetch)
    held: dict[Digest, bytes] = {}
    files: list[PackedFile] = []
    for number, layer in enumerate(manifest.layers):
        for entry in files_in(fetch(layer), f"layers[{number}]") if is_tar(layer.media_type) else ():
            if profile.wants(layer, entry.path):
                data = entry.read(1 << 20)
                held[Digest.of(data)] = data
                files.append(PackedFile(layer=number, path=entry.path, digest=Digest.of(data), size=len(data)))

    def fetch_file(descriptor: Descriptor) -> Content:
        return BytesContent(held[descriptor.digest]) if descriptor.digest in held else fetch(descriptor)

    return profile.read_files(manifest, files, fetch_file)


def altered(graph: Graph, change: Callable[[dict[str, Any]], None]) -> tuple[Descriptor, Fetch]:
    """Return a graph whose manifest was changed by hand, as somebody else could push it."""
    document = json.loads(graph.nodes[-1].content.read_at(0, graph.root.size))
    change(document)
    return with_manifest(graph, json.dumps(document).encode())


def with_manifest(graph: Graph, data: bytes) -> tuple[Descriptor, Fetch]:
    """Return a graph with other bytes for its manifest."""
    root = Descriptor.of(MediaType.OCI_MANIFEST, data)
    return root, fetch_from(Graph((*graph.nodes[:-1], Node(root, BytesContent(data)))))

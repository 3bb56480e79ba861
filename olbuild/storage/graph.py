"""A graph in hand as a source: what was just written is copied to a store or to a registry like anything else."""

from __future__ import annotations

from olbuild.core.content import Content, Descriptor, Graph
from olbuild.core.errors import NotFoundError
from olbuild.core.names import Digest
from olbuild.storage.ports import Source


class GraphSource:
    """Holds the nodes of one graph, whose root is known by its digest. What it does not hold is asked for below."""

    def __init__(self, graph: Graph, label: str, below: Source | None = None) -> None:
        """Use a graph; ``label`` is what messages call it, ``below`` holds the rest, if there is one."""
        self.label = label
        self._below = below
        self._root = graph.root
        self._contents: dict[Digest, Content] = {node.descriptor.digest: node.content for node in graph}

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the content is there, by digest and size."""
        content = self._contents.get(descriptor.digest)
        if content is None and self._below is not None:
            return self._below.exists(descriptor)
        return content is not None and content.size == descriptor.size

    def fetch(self, descriptor: Descriptor) -> Content:
        """Return a handle to the bytes of a descriptor.

        Raises:
            NotFoundError: if the graph does not hold it.
        """
        content = self._contents.get(descriptor.digest)
        if content is not None:
            return content
        if self._below is not None:
            return self._below.fetch(descriptor)
        raise NotFoundError(f"{self.label} has no content {descriptor.digest}")

    def resolve(self, name: str) -> Descriptor:
        """Return the root, whose name is its digest.

        Raises:
            NotFoundError: for every other name.
        """
        if name != str(self._root.digest):
            raise NotFoundError(f"{self.label} has no artifact {name!r}")
        return self._root

"""A graph as a source: what was described in memory, with content that is elsewhere or virtual, can be copied."""

from __future__ import annotations

from olbuild.core.content import Content, Descriptor, Graph
from olbuild.core.errors import NotFoundError


class GraphSource:
    """Gives the nodes of one graph. Its only names are digests."""

    def __init__(self, graph: Graph, label: str) -> None:
        """Serve a graph; ``label`` says in messages where its content is."""
        self.label = label
        self._nodes = {node.descriptor.digest: node for node in graph}

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the graph has the content, by digest and size."""
        node = self._nodes.get(descriptor.digest)
        return node is not None and node.descriptor.size == descriptor.size

    def fetch(self, descriptor: Descriptor) -> Content:
        """Return the handle of a node.

        Raises:
            NotFoundError: if the graph has no such node.
        """
        try:
            return self._nodes[descriptor.digest].content
        except KeyError:
            raise NotFoundError(f"{self.label} has no content {descriptor.digest}") from None

    def resolve(self, name: str) -> Descriptor:
        """Return the descriptor of the node with a digest.

        Raises:
            NotFoundError: if there is none.
        """
        for digest, node in self._nodes.items():
            if str(digest) == name:
                return node.descriptor
        raise NotFoundError(f"{self.label} has no artifact {name!r}")

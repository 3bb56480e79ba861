"""What a manifest reaches: the graph that a copy moves, known and bounded before the first byte of it moves."""

from __future__ import annotations

from msgspec import field

from olbuild.core.content import Descriptor, read_verified, successors
from olbuild.core.errors import FormatError
from olbuild.core.names import GRAPH_NODES, Digest
from olbuild.core.records import Mutable
from olbuild.storage.ports import InOrder, Source
from olbuild.storage.together import side_by_side

_DEEPEST = 8  # an index of indexes of manifests is already unusual; a chain longer than this is hostile
_MOST_NODES = 20_000
_MOST_MANIFEST_BYTES = 64 << 20  # they are held in memory, so that what was verified is what is stored


class Walk(Mutable):
    """Collects a graph, children before parents, each digest once. Bounded, because the graph may be hostile.

    ``manifests`` holds the verified bytes of the nodes that reach others, ``heights`` how far each node is above the
    deepest of what it reaches: what is of one height does not need each other.
    """

    source: Source
    manifests: dict[Digest, bytes] = field(default_factory=dict)
    order: dict[Digest, Descriptor] = field(default_factory=dict)
    heights: dict[Digest, int] = field(default_factory=dict)
    held: int = 0

    def visit(self, node: Descriptor, depth: int = 0) -> None:
        """Collect a node and what it reaches.

        Raises:
            IntegrityError: if a manifest does not match its descriptor.
            FormatError: if one is malformed, or the graph too deep or too large.
            NotFoundError: if one is missing.
        """
        known = self.order.get(node.digest)
        if known is not None:
            if known.size != node.size:
                raise FormatError(
                    f"{self.source.label}: two sizes for one digest: {node.digest} is said to have {known.size}"
                    f" and {node.size} bytes"
                )
            return
        height = 0
        if node.media_type in GRAPH_NODES:
            children = self._children(node, depth)
            self._read_ahead(children)
            for child in children:
                self.visit(child, depth + 1)
                height = max(height, self.heights[child.digest] + 1)
        self.heights[node.digest] = height
        self.order[node.digest] = node
        if len(self.order) > _MOST_NODES:
            raise FormatError(f"{self.source.label}: the graph has more than {_MOST_NODES} nodes")

    def _children(self, node: Descriptor, depth: int) -> tuple[Descriptor, ...]:
        where = f"{self.source.label}: manifest {node.digest}"
        self.held += node.size
        if depth > _DEEPEST:
            raise FormatError(f"{where} is nested more than {_DEEPEST} deep")
        if self.held > _MOST_MANIFEST_BYTES:
            raise FormatError(f"{where}: the manifests of the graph have more than {_MOST_MANIFEST_BYTES} bytes")
        if node.digest not in self.manifests:
            self._read(node)
        return successors(node, self.manifests[node.digest], where)

    def _read_ahead(self, children: tuple[Descriptor, ...]) -> None:
        """Read the manifests of an index side by side, if they are within bounds; else the first one beyond is told."""
        wanted = {child.digest: child for child in children if child.media_type in GRAPH_NODES}
        missing = [child for digest, child in wanted.items() if digest not in self.manifests]
        amount = sum(child.size for child in missing)
        if len(missing) > 1 and self.held + amount <= _MOST_MANIFEST_BYTES and not isinstance(self.source, InOrder):
            side_by_side(missing, self._read)

    def _read(self, node: Descriptor) -> None:
        where = f"{self.source.label}: manifest {node.digest}"
        self.manifests[node.digest] = read_verified(self.source.fetch(node), node, where)

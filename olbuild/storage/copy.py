"""The one function that moves graphs between targets: push, pull, save, load and copy are all this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from olbuild.core.content import BytesContent, Descriptor, read_verified, successors
from olbuild.core.errors import FormatError, IntegrityError
from olbuild.core.events import Advanced, Emit, Expected, Finished, Started, ignore
from olbuild.core.names import GRAPH_NODES, Digest
from olbuild.storage.ports import Knowing, Source, Target

_DEEPEST = 8  # an index of indexes of manifests is already unusual; a chain longer than this is hostile
_MOST_NODES = 20_000
_MOST_MANIFEST_BYTES = 64 << 20  # they are held in memory, so that what was verified is what is stored

Prepare = Callable[[tuple[Descriptor, ...]], None]
"""Told everything that is going to be stored before the first byte moves: checks free space, takes a lease."""


def copy(
    source: Source,
    destination: Target,
    root: Descriptor,
    *,
    name: str | None = None,
    emit: Emit = ignore,
    prepare: Prepare | None = None,
) -> Descriptor:
    """Copy everything that ``root`` reaches, children before parents, and tag the root last.

    An interrupted copy therefore never leaves a name whose content is missing. Content that the destination has is
    skipped, and the whole graph when the name stands for it there already (``ports.Knowing``). Every manifest on the
    way is verified before it is believed.

    Args:
        source: where the graph is.
        destination: where it shall be.
        root: descriptor of its root, as ``source.resolve`` gives it.
        name: what the root shall be called in the destination, in the destination's grammar.
        emit: told about every blob.
        prepare: told all descriptors of the graph before anything is written.

    Raises:
        IntegrityError: if bytes do not match their descriptor.
        FormatError: if a manifest is malformed, or the graph too deep or too large.
        NotFoundError: if content is missing in the source.
    """
    if name is not None and isinstance(destination, Knowing) and destination.stands(root, name):
        emit(Started(id=str(root.digest), label=_kind(root), total=root.size))
        emit(Finished(id=str(root.digest), outcome="exists"))
        return root
    walk = _Walk(source)
    walk.visit(root, 0)
    graph = tuple(walk.order.values())
    if prepare is not None:
        prepare(graph)
    emit(Expected(amount=sum(node.size for node in graph)))
    for descriptor in graph:
        _move(source, destination, descriptor, walk.manifests.get(descriptor.digest), emit)
    if name is not None:
        destination.tag(root, name)
    return root


@dataclass(slots=True)
class _Walk:
    """Collects a graph, children before parents, each digest once. Bounded, because the graph may be hostile."""

    source: Source
    manifests: dict[Digest, bytes] = field(default_factory=dict)
    order: dict[Digest, Descriptor] = field(default_factory=dict)
    held: int = 0

    def visit(self, node: Descriptor, depth: int) -> None:
        known = self.order.get(node.digest)
        if known is not None:
            if known.size != node.size:
                raise FormatError(
                    f"{self.source.label}: two sizes for one digest: {node.digest} is said to have {known.size}"
                    f" and {node.size} bytes"
                )
            return
        if node.media_type in GRAPH_NODES:
            for child in self._children(node, depth):
                self.visit(child, depth + 1)
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
        data = read_verified(self.source.fetch(node), node, where)
        self.manifests[node.digest] = data
        return successors(node, data, where)


def _move(source: Source, destination: Target, node: Descriptor, data: bytes | None, emit: Emit) -> None:
    label = node.annotations.get("org.opencontainers.image.title") or _kind(node)
    emit(Started(id=str(node.digest), label=label, total=node.size))
    if destination.exists(node):
        emit(Finished(id=str(node.digest), outcome="exists"))
        return
    content = BytesContent(data) if data is not None else source.fetch(node)
    try:
        destination.push(node, content, lambda amount: emit(Advanced(id=str(node.digest), amount=amount)))
    except BaseException as error:
        emit(Finished(id=str(node.digest), outcome="failed"))
        if isinstance(error, IntegrityError):  # found by whoever verifies, and the fault of whoever sent it
            raise type(error)(f"copy from {source.label}: {error.message}", hint=error.hint) from error
        raise
    emit(Finished(id=str(node.digest)))


def _kind(node: Descriptor) -> str:
    if node.media_type in GRAPH_NODES:
        return "manifest"
    return "config" if "config" in node.media_type else node.digest.short

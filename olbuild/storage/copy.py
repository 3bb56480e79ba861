"""The one function that moves graphs between targets: push, pull, save, load and copy are all this."""

from __future__ import annotations

from collections.abc import Callable

from olbuild.core.content import BytesContent, Content, Descriptor, as_parallel
from olbuild.core.errors import FormatError, IntegrityError
from olbuild.core.events import Advanced, Emit, Expected, Finished, Outcome, Said, Started, ignore
from olbuild.core.names import GRAPH_NODES
from olbuild.storage.ports import InOrder, Knowing, Source, Steady, Target
from olbuild.storage.together import side_by_side
from olbuild.storage.walk import Walk

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
    way is verified before it is believed. What does not need each other moves at once, in threads.

    Args:
        source: where the graph is.
        destination: where it shall be.
        root: descriptor of its root, as ``source.resolve`` gives it.
        name: what the root shall be called in the destination, in the destination's grammar.
        emit: told about every blob, from several threads.
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
    walk = Walk(source)
    walk.visit(root)
    graph = tuple(walk.order.values())
    if prepare is not None:
        prepare(graph)
    emit(Expected(amount=sum(node.size for node in graph)))

    def move(node: Descriptor) -> None:
        _move(source, destination, node, walk.manifests.get(node.digest), emit)

    if isinstance(source, InOrder) or isinstance(destination, InOrder):
        for node in graph:
            move(node)
    else:
        for height in range(walk.heights[root.digest] + 1):
            side_by_side([node for node in graph if walk.heights[node.digest] == height], move)
    if name is not None:
        destination.tag(root, name)
    return root


def _move(source: Source, destination: Target, node: Descriptor, data: bytes | None, emit: Emit) -> None:
    label = node.annotations.get("org.opencontainers.image.title") or _kind(node)
    emit(Started(id=str(node.digest), label=label, total=node.size))
    outcome: Outcome = "failed"
    try:
        if destination.exists(node):
            outcome = "exists"
            return
        content = BytesContent(data) if data is not None else source.fetch(node)
        _push(source, destination, node, content, emit)
        outcome = "done"
    finally:
        emit(Finished(id=str(node.digest), outcome=outcome))


def _push(source: Source, destination: Target, node: Descriptor, content: Content, emit: Emit) -> None:
    """Push, and once more if bytes from afar were wrong: a line, a proxy or a disk on the way may have changed them."""
    progress = Steady(lambda amount: emit(Advanced(id=str(node.digest), amount=amount)))
    try:
        try:
            destination.push(node, content, progress)
        except IntegrityError as error:
            if isinstance(error, FormatError) or as_parallel(content) is None:
                raise
            emit(Said(text=f"{error.message}; it is fetched once more", level="warning"))
            progress.begin()
            destination.push(node, content, progress)
    except IntegrityError as error:  # found by whoever verifies, and the fault of whoever sent it
        raise type(error)(f"copy from {source.label}: {error.message}", hint=error.hint) from error


def _kind(node: Descriptor) -> str:
    if node.media_type in GRAPH_NODES:
        return "manifest"
    return "config" if "config" in node.media_type else node.digest.short

"""What every target must do: the conformance suite of ``olbuild.storage.ports``.

Each check takes an empty target and raises ``Nonconformance`` if the target breaks the contract. Names in the checks
are valid tags of a registry, so that the suite runs over memory, an image layout, the local store and a repository.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from olbuild.core.content import BytesContent, Content, Descriptor, Graph, Node, Reader
from olbuild.core.errors import IntegrityError, NotFoundError, OlbuildError
from olbuild.core.events import Advanced, Event, Finished
from olbuild.core.names import Digest, MediaType
from olbuild.core.records import Frozen, replace
from olbuild.storage.copy import copy
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.ports import Source, Target

Check: TypeAlias = Callable[[Target], None]

_BIG = (9 << 20) + 12_345
_LAYER = "application/octet-stream"


class Nonconformance(AssertionError):
    """A target does not do what ``Target`` says."""


def sample_graph(seed: str, layers: tuple[bytes, ...] = (b"one", b"two")) -> Graph:
    """Make a small artifact whose bytes depend on ``seed``."""
    config = f'{{"seed": "{seed}"}}'.encode()
    nodes = [_node(MediaType.OCI_CONFIG, config), *(_node(_LAYER, seed.encode() + layer) for layer in layers)]
    # Written with blanks, as others write: a target must keep the bytes of a manifest, and not only its meaning.
    listed = ",\n    ".join(_entry(node.descriptor) for node in nodes[1:])
    manifest = (
        f'{{\n  "schemaVersion": 2,\n  "mediaType": "{MediaType.OCI_MANIFEST}",\n'
        f'  "config": {_entry(nodes[0].descriptor)},\n  "layers": [\n    {listed}\n  ]\n}}\n'
    )
    return Graph((*nodes, _node(MediaType.OCI_MANIFEST, manifest.encode())))


def in_memory(graph: Graph) -> MemoryTarget:
    """Put a graph into memory."""
    memory = MemoryTarget()
    for node in graph:
        memory.push(node.descriptor, node.content)
    return memory


def pushed_content_is_fetched(target: Target) -> None:
    """What was pushed is there, and reads the same whole, in part, and from an offset."""
    node = _node(_LAYER, bytes(range(256)) * 5)
    _expect(not target.exists(node.descriptor), "content exists before it was pushed")
    target.push(node.descriptor, node.content)
    _expect(target.exists(node.descriptor), "content does not exist after it was pushed")
    fetched, data = target.fetch(node.descriptor), node.content.read_at(0, 1280)
    _expect(fetched.size == len(data), "the size differs")
    _expect(read(fetched) == data, "the bytes differ")
    _expect(read(fetched, 700) == data[700:], "the bytes from an offset differ")
    _expect(fetched.read_at(100, 20) == data[100:120], "the bytes of a part differ")
    _expect(fetched.read_at(1270, 99) == data[1270:], "the bytes at the end differ")


def sizes_belong_to_identity(target: Target) -> None:
    """A descriptor with the right digest and a wrong size describes nothing that exists."""
    node = _node(_LAYER, b"twelve bytes")
    target.push(node.descriptor, node.content)
    _expect(not target.exists(replace(node.descriptor, size=11)), "content of another size exists")


def empty_and_big_content_passes(target: Target) -> None:
    """Content of no bytes, and of more than any buffer, arrives whole, and progress adds up to its size."""
    for data in (b"", hashlib.shake_128(b"big").digest(_BIG)):
        node, seen = _node(_LAYER, data), [0]
        target.push(node.descriptor, node.content, seen.append)
        _expect(sum(seen) == len(data), f"progress says {sum(seen)} of {len(data)} bytes")
        _expect(
            hashlib.sha256(read(target.fetch(node.descriptor))).hexdigest() == node.descriptor.digest.hex, "changed"
        )


def missing_content_is_not_found(target: Target) -> None:
    """Fetching what is not there fails, at the latest when it is read."""
    node = _node(_LAYER, b"never pushed")
    _refuses(NotFoundError, lambda: read(target.fetch(node.descriptor)), "reading missing content")


def wrong_content_is_refused(target: Target) -> None:
    """Bytes that do not match, are too few or too many are refused, and nothing is stored."""
    right = _node(_LAYER, b"the right bytes")
    for data in (b"the wrong bytes", b"the right", b"the right bytes and more", b""):
        _refuses(IntegrityError, partial(target.push, right.descriptor, BytesContent(data)), f"pushing {data!r}")
        _expect(not target.exists(right.descriptor), "refused content exists")
    target.push(right.descriptor, right.content)
    _expect(target.exists(right.descriptor), "the right content is refused after the wrong one")


def pushing_again_moves_nothing(target: Target) -> None:
    """Content that exists is not read a second time."""
    node = _node(_LAYER, b"once")
    target.push(node.descriptor, node.content)
    target.push(node.descriptor, _Failing(node.content))


def names_resolve(target: Target) -> None:
    """A name stands for what it was given last; a digest for itself; an unknown name is not found."""
    first, second = sample_graph("first"), sample_graph("second")
    for graph in (first, second):
        copy(in_memory(graph), target, graph.root)
    target.tag(first.root, "one")
    target.tag(second.root, "two")
    _expect(_same(target.resolve("one"), first.root), "a name resolves to something else")
    _expect(_same(target.resolve("two"), second.root), "a second name resolves to something else")
    target.tag(second.root, "one")
    _expect(_same(target.resolve("one"), second.root), "a name keeps what it stood for before")
    _expect(_same(target.resolve(str(first.root.digest)), first.root), "a digest does not resolve to its manifest")
    _refuses(NotFoundError, lambda: target.resolve("three"), "resolving an unknown name")
    _refuses(NotFoundError, lambda: target.resolve(f"sha256:{'0' * 64}"), "resolving an unknown digest")


def missing_manifests_cannot_be_named(target: Target) -> None:
    """A name is never given to what is not stored."""
    graph = sample_graph("absent")
    _refuses(NotFoundError, lambda: target.tag(graph.root, "one"), "naming what is not stored")
    _refuses(NotFoundError, lambda: target.resolve("one"), "resolving a name that was refused")


def copies_are_whole_and_repeatable(target: Target) -> None:
    """A copy has every byte of the graph; copying again moves nothing; copying out gives the same bytes."""
    graph = sample_graph("copied")
    moved = _copied(in_memory(graph), target, graph, "one")
    _expect(moved == sum(node.descriptor.size for node in graph), "progress does not add up to the graph")
    _expect(_copied(in_memory(graph), target, graph, "one") == 0, "a second copy moves bytes")
    back = MemoryTarget()
    copy(target, back, target.resolve("one"), name="back")
    for node in graph:
        wanted = node.content.read_at(0, node.descriptor.size)
        _expect(read(back.fetch(node.descriptor)) == wanted, f"{node.descriptor.digest} changed on its way")


def interrupted_copies_leave_no_name(target: Target) -> None:
    """A copy that fails in the middle gives no name, and succeeds when it is repeated."""
    graph = sample_graph("interrupted")
    broken = _Broken(in_memory(graph), graph.nodes[2].descriptor.digest)
    _refuses(OlbuildError, lambda: copy(broken, target, graph.root, name="one"), "copying from a broken source")
    _refuses(NotFoundError, lambda: target.resolve("one"), "resolving a name after a broken copy")
    copy(in_memory(graph), target, graph.root, name="one")
    _expect(_same(target.resolve("one"), graph.root), "the copy does not succeed when it is repeated")


CHECKS: tuple[Check, ...] = (
    pushed_content_is_fetched,
    sizes_belong_to_identity,
    empty_and_big_content_passes,
    missing_content_is_not_found,
    wrong_content_is_refused,
    pushing_again_moves_nothing,
    names_resolve,
    missing_manifests_cannot_be_named,
    copies_are_whole_and_repeatable,
    interrupted_copies_leave_no_name,
)


def read(content: Content, offset: int = 0) -> bytes:
    """Read content to its end."""
    data, buffer = bytearray(), memoryview(bytearray(1 << 16))
    with content.open(offset) as reader:
        while count := reader.readinto(buffer):
            data += buffer[:count]
    return bytes(data)


class _Failing(Frozen):
    """Content that has a size and must not be read."""

    content: Content

    @property
    def size(self) -> int:
        return self.content.size

    def open(self, offset: int = 0, size: int | None = None) -> Reader:
        raise Nonconformance(f"content that exists is read again, {size} bytes from {offset}")

    def read_at(self, offset: int, size: int) -> bytes:
        raise Nonconformance(f"content that exists is read again, {size} bytes at {offset}")


class _Broken:
    """A source that has lost one blob."""

    label = "a broken source"

    def __init__(self, source: Source, lost: Digest) -> None:
        self._source = source
        self._lost = lost

    def exists(self, descriptor: Descriptor) -> bool:
        return descriptor.digest != self._lost and self._source.exists(descriptor)

    def fetch(self, descriptor: Descriptor) -> Content:
        if descriptor.digest == self._lost:
            raise NotFoundError(f"{self.label} has no content {descriptor.digest}")
        return self._source.fetch(descriptor)

    def resolve(self, name: str) -> Descriptor:
        return self._source.resolve(name)


def _copied(source: Source, target: Target, graph: Graph, name: str) -> int:
    """Copy, and return how many bytes moved. The graph must be complete in the target then."""
    moved, ended = 0, set[str]()

    def listen(event: Event) -> None:
        nonlocal moved
        moved += event.amount if isinstance(event, Advanced) else 0
        if isinstance(event, Finished):
            ended.add(event.id)

    copy(source, target, graph.root, name=name, emit=listen)
    missing = {str(node.descriptor.digest) for node in graph} - ended
    _expect(not missing or (not moved and str(graph.root.digest) in ended), "not every node of the graph was finished")
    for node in graph:
        _expect(target.exists(node.descriptor), f"{node.descriptor.digest} is missing after a copy")
    return moved


def _node(media_type: str, data: bytes) -> Node:
    return Node(Descriptor.of(media_type, data), BytesContent(data))


def _entry(descriptor: Descriptor) -> str:
    return f'{{"mediaType": "{descriptor.media_type}", "digest": "{descriptor.digest}", "size": {descriptor.size}}}'


def _same(found: Descriptor, wanted: Descriptor) -> bool:
    return (found.media_type, found.digest, found.size) == (wanted.media_type, wanted.digest, wanted.size)


def _expect(condition: object, message: str) -> None:
    if not condition:
        raise Nonconformance(message)


def _refuses(kind: type[Exception], action: Callable[[], object], what: str) -> None:
    try:
        action()
    except kind:
        return
    raise Nonconformance(f"{what} does not fail with {kind.__name__}")

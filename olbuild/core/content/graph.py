"""Graphs of content: a root descriptor and everything it reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from olbuild.core.content.canonical import Json, decode_json
from olbuild.core.content.descriptor import Descriptor
from olbuild.core.content.handles import Content
from olbuild.core.errors import FormatError
from olbuild.core.names import INDEXES, MANIFESTS, Digest
from olbuild.core.records import Frozen

_MOST_SUCCESSORS = 10_000


class Node(Frozen):
    """A descriptor together with its bytes."""

    descriptor: Descriptor
    content: Content


class Graph(Frozen):
    """Content in the order in which it can be stored: children before parents, the root last."""

    nodes: tuple[Node, ...]

    @property
    def root(self) -> Descriptor:
        """The descriptor that reaches all others."""
        return self.nodes[-1].descriptor

    def __iter__(self) -> Iterator[Node]:
        """Walk the nodes, children first."""
        return iter(self.nodes)

    def find(self, digest: Digest) -> Node | None:
        """Return the node with a digest."""
        return next((node for node in self.nodes if node.descriptor.digest == digest), None)

    def fetcher(self) -> Callable[[Descriptor], Content]:
        """Return what gives the bytes of each node; a ``KeyError`` says that a descriptor is of another graph."""
        contents = {node.descriptor.digest: node.content for node in self.nodes}
        return lambda descriptor: contents[descriptor.digest]


def successors(descriptor: Descriptor, data: bytes, where: str) -> tuple[Descriptor, ...]:
    """Return what a manifest or an index names, in its order: config first, then layers or manifests.

    ``subject`` is not followed: it points to what the manifest is about, and does not contain it.

    Raises:
        FormatError: if the bytes are not a manifest or index of the descriptor's media type.
    """
    document = decode_json(data, where)
    if not isinstance(document, dict):
        raise FormatError(f"{where} is not a JSON object")
    stated = document.get("mediaType")
    if stated is not None and stated != descriptor.media_type:
        raise FormatError(f"{where} says it is {str(stated)[:100]!r} and was announced as {descriptor.media_type!r}")
    if descriptor.media_type in MANIFESTS:
        config = Descriptor.from_json(document.get("config"), f"{where}: config")
        return (config, *_descriptors(document, "layers", where))
    if descriptor.media_type in INDEXES:
        return _descriptors(document, "manifests", where)
    return ()


def _descriptors(document: dict[str, Json], key: str, where: str) -> tuple[Descriptor, ...]:
    listed = document.get(key)
    if not isinstance(listed, list) or len(listed) > _MOST_SUCCESSORS:
        raise FormatError(f"{where}: {key} is not a list of at most {_MOST_SUCCESSORS} descriptors")
    return tuple(Descriptor.from_json(item, f"{where}: {key}[{index}]") for index, item in enumerate(listed))

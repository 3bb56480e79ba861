"""Split an artifact. The same artifact and the same number of parts give the same bytes, always and everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from olbuild.artifact.profiles import Fetch
from olbuild.artifact.profiles.manifest import image_graph
from olbuild.artifact.splitting import words
from olbuild.artifact.splitting.cut import SMALLEST_LIMIT, Cut, cut
from olbuild.artifact.splitting.read import read_whole
from olbuild.core.content import (
    BytesContent,
    Content,
    Descriptor,
    Graph,
    Node,
    RegionContent,
    decode_json,
    read_verified,
    successors,
)
from olbuild.core.content.descriptor import text_map
from olbuild.core.errors import FormatError, UsageError
from olbuild.core.names import Digest, MediaType

DEFAULT_LIMIT = 9 << 30
"""Largest layer, in bytes, where it is not known what a registry takes: GHCR takes 10 GB."""

_MOST_LAYERS = 10_000  # as many as a reader of manifests takes

Digests: TypeAlias = Callable[[Descriptor, Content, Sequence[Cut]], Sequence[Digest]]
"""Gives the digests of the parts of a layer, in their order, such as ``PartDigests`` and ``hash_parts``."""


def needs_splitting(root: Descriptor, fetch: Fetch, limit: int) -> bool:
    """Whether a layer of a manifest is larger than ``limit`` bytes.

    Raises:
        FormatError, IntegrityError, NotFoundError: if the manifest cannot be read.
    """
    _, children = _read(root, fetch)
    return any(child.size > limit for child in children)


def split(root: Descriptor, fetch: Fetch, limit: int, digests: Digests) -> Graph:
    """Describe an artifact in parts. The content of each part is a region of the whole layer's.

    Args:
        root: descriptor of the whole manifest.
        fetch: gives its content, manifest and layers.
        limit: most bytes of a layer; what is not larger stays as it is.
        digests: gives the digests of parts, which are new; everything else is known.

    Raises:
        UsageError: if the limit is too small for this artifact.
        FormatError, IntegrityError, NotFoundError: if the manifest cannot be read.
    """
    if limit < SMALLEST_LIMIT:
        raise UsageError(f"parts of {limit} bytes are too small", hint=f"the least is {SMALLEST_LIMIT}")
    data, children = _read(root, fetch)
    count = sum(len(cut(child.size, limit)) for child in children)
    if count > _MOST_LAYERS:
        raise _too_many(count, limit)
    layers = tuple(node for child in children for node in _parts(child, fetch(child), limit, digests))
    whole = Node(Descriptor(media_type=MediaType.SPLIT_WHOLE, digest=root.digest, size=root.size), BytesContent(data))
    document = decode_json(data, _where(root))
    annotations = document.get("annotations") if isinstance(document, dict) else None
    stated = {**text_map(annotations, f"{_where(root)}: annotations"), words.WHOLE: str(root.digest)}
    try:
        graph = image_graph(whole, layers, artifact_type=MediaType.SPLIT_ARTIFACT, annotations=stated)
    except FormatError:  # it is too large
        raise _too_many(count, limit) from None
    read_whole(graph.root, graph.fetcher())  # nothing is written against the rules
    return graph


def _parts(whole: Descriptor, content: Content, limit: int, digests: Digests) -> Iterator[Node]:
    """Yield a layer as it is, or its parts."""
    if whole.size <= limit:
        yield Node(whole, content)
        return
    cuts = cut(whole.size, limit)
    title = whole.annotations.get(words.TITLE)
    for number, (each, digest) in enumerate(zip(cuts, digests(whole, content, cuts), strict=True), start=1):
        annotations = {
            words.OF: str(whole.digest),
            words.OFFSET: str(each.offset),
            words.SIZE: str(whole.size),
        }
        if title is not None:
            annotations[words.TITLE] = words.part_title(title, number, len(cuts))
        descriptor = Descriptor(media_type=MediaType.SPLIT_PART, digest=digest, size=each.size, annotations=annotations)
        yield Node(descriptor, RegionContent(content, each.offset, each.size))


def _read(root: Descriptor, fetch: Fetch) -> tuple[bytes, tuple[Descriptor, ...]]:
    data = read_verified(fetch(root), root, _where(root))
    return data, successors(root, data, _where(root))


def _where(root: Descriptor) -> str:
    return f"artifact {root.digest.short}"


def _too_many(count: int, limit: int) -> UsageError:
    return UsageError(
        f"parts of {limit} bytes make {count} layers, more than a manifest can hold", hint="choose larger parts"
    )

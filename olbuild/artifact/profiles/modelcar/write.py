"""Write a bundle as an image: for each layer that the ModelPack artifact has, a tar layer with the same file.

The annotations are the same too, so that the image says as much as the artifact.
"""

from __future__ import annotations

from olbuild.artifact.bundle import Bundle, Extra
from olbuild.artifact.profiles import modelpack
from olbuild.artifact.profiles.losses import Part, left_out
from olbuild.artifact.profiles.manifest import image_graph, read_manifest
from olbuild.artifact.profiles.modelcar import vocabulary as words
from olbuild.artifact.profiles.modelcar.digests import DigestOf, read_digest
from olbuild.artifact.profiles.modelpack import vocabulary as roles
from olbuild.artifact.profiles.modelpack.layers import layer_path
from olbuild.core.content import (
    TAR_END,
    BytesContent,
    Content,
    Descriptor,
    Graph,
    JoinedContent,
    Node,
    canonical_json,
    tar_file,
    tar_folder,
    tar_padding,
)
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError
from olbuild.core.names import MediaType
from olbuild.core.records import replace

_NO_PLACE: tuple[Part, ...] = ("extras",)


def write(bundle: Bundle, digest_of: DigestOf = read_digest) -> Graph:
    """Describe a bundle as an image. Every file is read once, unless ``digest_of`` knows the digest of its archive.

    Raises:
        FormatError: if the bundle cannot be written as ModelPack, or has more files than an image has layers.
    """
    kept = replace(bundle, extras=tuple(extra for extra in bundle.extras if not _is_lost(extra)))
    graph = modelpack.write(kept)
    fetch = graph.fetcher()
    manifest = read_manifest(graph.root, fetch, "the model")
    if len(manifest.layers) > words.MOST_LAYERS:
        raise FormatError(
            f"the model has {len(manifest.layers)} files, and an image takes {words.MOST_LAYERS} layers",
            hint="merge its shards with llama-gguf-split --merge, or use another format",
        )
    layers = [_layer(layer, fetch(layer), digest_of) for layer in manifest.layers]
    return image_graph(_config(bundle, layers), layers, annotations=manifest.annotations)


def losses(bundle: Bundle) -> tuple[str, ...]:
    """Say what of a bundle is left out: files that have no path, because an image is made of paths."""
    return left_out(Bundle(extras=tuple(extra for extra in bundle.extras if _is_lost(extra))), _NO_PLACE)


def _is_lost(extra: Extra) -> bool:
    return extra.path is None or extra.descriptor.artifact_type is not None


def _layer(layer: Descriptor, content: Content, digest_of: DigestOf) -> Node:
    path = layer_path(layer)
    if path is None:  # pragma: no cover - each layer of ours has a title, and extras without a path are left out
        raise TypeError("a file of an image has a path")
    head = _head(words.FOLDER + path, content.size)
    tail = tar_padding(content.size) + TAR_END
    packed = JoinedContent((BytesContent(head), content, BytesContent(tail)))
    stated = {} if roles.ROLE in layer.annotations else {words.TYPE: layer.media_type}
    descriptor = Descriptor(
        media_type=words.LAYER,
        digest=digest_of(layer, head, packed),
        size=packed.size,
        annotations={**{words.RENAMED.get(key, key): text for key, text in layer.annotations.items()}, **stated},
    )
    return Node(descriptor, packed)


def _head(path: str, size: int) -> bytes:
    """Return what stands before a file in its archive: its folders and its headers."""
    parts = path.split("/")[:-1]
    head = b"".join(tar_folder("/".join(parts[: count + 1])) for count in range(len(parts)))
    return head + tar_file(path, size, before=len(head))


def _config(bundle: Bundle, layers: list[Node]) -> Node:
    """Describe the image (OCI image-spec, ``config.md``): an uncompressed layer is its own ``diff_id``.

    One architecture has to be named. Files have none, and who mounts an image by its manifest does not compare it.
    """
    document: dict[str, Json] = {
        **({"created": bundle.created} if bundle.created else {}),
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [str(node.descriptor.digest) for node in layers]},
    }
    data = canonical_json(document)
    return Node(Descriptor.of(MediaType.OCI_CONFIG, data), BytesContent(data))

"""Artifacts whose files are in tar layers, as other tools make them."""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

import zstandard

from olbuild.artifact.profiles import Fetch
from olbuild.core.content import BytesContent, Descriptor, Graph, Node
from olbuild.core.names import Digest, MediaType
from tests.unit.artifact.contents import fetch_from

Entry = tuple[str, bytes | None] | tarfile.TarInfo
"""A path and the bytes of a file, or ``None`` for a folder; or an entry as it shall be."""

LAYER = "application/vnd.oci.image.layer.v1.tar"


def tar(*entries: Entry) -> bytes:
    """Pack entries as tar does, with the times and owners that it has."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                archive.addfile(entry)
                continue
            path, data = entry
            info = tarfile.TarInfo(path)
            info.mtime, info.uid = 1_700_000_000, 1000
            if data is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            else:
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data or b""))
    return stream.getvalue()


def link(path: str, target: str, *, symbolic: bool = True) -> tarfile.TarInfo:
    """Return a link."""
    info = tarfile.TarInfo(path)
    info.type, info.linkname = tarfile.SYMTYPE if symbolic else tarfile.LNKTYPE, target
    return info


def packed(kind: str, data: bytes) -> bytes:
    """Compress an archive as the end of a media type says."""
    match kind.rpartition(".")[2]:
        case "tar+gzip":
            return gzip.compress(data, mtime=0)
        case "tar+zstd":
            return zstandard.ZstdCompressor().compress(data)
        case _:
            return data


def artifact(
    *layers: tuple[str, bytes] | tuple[str, bytes, Mapping[str, str]],
    config_type: str = "application/vnd.oci.empty.v1+json",
    config: object = None,
    **manifest: Any,  # noqa: ANN401 - keys of a manifest
) -> tuple[Descriptor, Fetch]:
    """Build an artifact of layers with their media types; tar layers are compressed by them."""
    root, fetch, _ = graph_of(*layers, config_type=config_type, config=config, **manifest)
    return root, fetch


def graph_of(
    *layers: tuple[str, bytes] | tuple[str, bytes, Mapping[str, str]],
    config_type: str = "application/vnd.oci.empty.v1+json",
    config: object = None,
    **manifest: Any,  # noqa: ANN401 - keys of a manifest
) -> tuple[Descriptor, Fetch, Graph]:
    """Build an artifact, and return its graph as well."""
    nodes = []
    for media_type, data, *notes in layers:
        content = packed(media_type, data)
        nodes.append(Node(Descriptor.of(media_type, content, **(notes[0] if notes else {})), BytesContent(content)))
    encoded = config if isinstance(config, bytes) else json.dumps({} if config is None else config).encode()
    described = Descriptor.of(config_type, encoded)
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "config": described.to_json(),
        "layers": [node.descriptor.to_json() for node in nodes],
        **manifest,
    }
    data = json.dumps(document).encode()
    root = Descriptor.of(MediaType.OCI_MANIFEST, data)
    graph = Graph((Node(described, BytesContent(encoded)), *nodes, Node(root, BytesContent(data))))
    return root, fetch_from(graph), graph


def image(
    *layers: bytes, kind: str = LAYER, settings: object = None, history: object = None
) -> tuple[Descriptor, Fetch]:
    """Build a container image of archives."""
    config: dict[str, object] = {"architecture": "amd64", "os": "linux"}
    config["rootfs"] = {"type": "layers", "diff_ids": [str(Digest.of(layer)) for layer in layers]}
    if settings is not None:
        config["config"] = settings
    if history is not None:
        config["history"] = history
    return artifact(*((kind, layer) for layer in layers), config_type=MediaType.OCI_CONFIG, config=config)

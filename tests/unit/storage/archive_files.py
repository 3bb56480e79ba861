"""Archives that tests write by hand, right or wrong."""

import gzip
import io
import tarfile
from collections.abc import Iterable
from pathlib import Path

import zstandard

from olbuild.core.content import Graph, canonical_json
from olbuild.storage.store import index
from olbuild.testing.targets import read

MARK = ("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')

File = tuple[str, bytes]


def files_of(graph: Graph, name: str | None = "me/a:1") -> list[File]:
    """Return the files of an archive that holds an artifact; blobs first, as skopeo writes them."""
    blobs = [(f"blobs/sha256/{node.descriptor.digest.hex}", read(node.content)) for node in graph]
    document = index.empty()
    document = index.with_name(document, graph.root, name) if name else index.with_unnamed(document, graph.root)
    return [*blobs, ("index.json", canonical_json(document)), MARK]


def tar(files: Iterable[File | tarfile.TarInfo], layout: int = tarfile.GNU_FORMAT) -> bytes:
    """Write a tar archive with Python's own writer."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=layout) as archive:
        for file in files:
            if isinstance(file, tarfile.TarInfo):
                archive.addfile(file, io.BytesIO(bytes(file.size)))
                continue
            member = tarfile.TarInfo(file[0])
            member.size = len(file[1])
            archive.addfile(member, io.BytesIO(file[1]))
    return stream.getvalue()


def odd(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    """Make an entry that is no file."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def packed(data: bytes, how: str) -> bytes:
    """Pack an archive."""
    match how:
        case "gzip":
            return gzip.compress(data)
        case "zstd":
            return zstandard.ZstdCompressor().compress(data)
        case _:
            return data


def write(folder: Path, data: bytes) -> Path:
    """Write an archive to a file."""
    path = folder / "archive.tar"
    path.write_bytes(data)
    return path

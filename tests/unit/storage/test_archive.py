"""OCI archives: written reproducibly, read in place, and received from a stream in one pass."""

import io
import os
import tarfile
from pathlib import Path
from typing import Self

import pytest

from olbuild.core.content import BytesContent, Descriptor
from olbuild.core.errors import FormatError, IntegrityError, NotFoundError, OlbuildError, StoreError
from olbuild.storage.archive import ArchiveFile, ArchiveSource, ArchiveWriter, receive
from olbuild.storage.copy import copy
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.store import Layout
from olbuild.testing.targets import in_memory, read, sample_graph
from tests.unit.storage.archive_files import MARK, files_of, odd, packed, tar, write
from tests.unit.storage.artifacts import node, referrer

GRAPH = sample_graph("archived", (b"one", b"two" * 400_000))


class Slow:
    """A stream that gives a few bytes at a time, as a pipe may."""

    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)

    def readinto(self, buffer: memoryview, /) -> int:
        return self._stream.readinto(buffer[:7777])

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None: ...


def received(data: bytes) -> MemoryTarget:
    target = MemoryTarget()
    protected: list[Descriptor] = []
    entries = receive(Slow(data), target, "it", protect=protected.append)
    for name, root in entries:
        copy(target, target, root, name=name)
    return target


def written(path: Path, name: str = "me/a:1") -> bytes:
    with ArchiveFile.create(path) as archive:
        copy(in_memory(GRAPH), archive, GRAPH.root, name=name)
    return path.read_bytes()


def test_an_archive_is_an_image_layout_that_tar_unpacks(tmp_path: Path) -> None:
    written(tmp_path / "a.tar")
    with tarfile.open(tmp_path / "a.tar") as archive:
        archive.extractall(tmp_path / "out", filter="data")
    layout = Layout(tmp_path / "out")
    assert layout.resolve("me/a:1").digest == GRAPH.root.digest
    for each in GRAPH:
        assert read(layout.fetch(each.descriptor)) == read(each.content)


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path / "a.tar")
    os.utime(tmp_path, (1, 1))
    assert written(tmp_path / "b.tar") == first
    stream = bytearray()
    archive = ArchiveWriter(stream.extend, "a stream")
    copy(in_memory(GRAPH), archive, GRAPH.root, name="me/a:1")
    archive.finish()
    assert bytes(stream) == first


@pytest.mark.parametrize("how", ["plain", "gzip", "zstd"])
@pytest.mark.parametrize("layout", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_an_archive_is_read_in_place(how: str, layout: int, tmp_path: Path) -> None:
    source = ArchiveSource(write(tmp_path, packed(tar(files_of(GRAPH), layout), how)))
    assert list(source.names()) == ["me/a:1"]
    assert source.resolve(str(GRAPH.root.digest)).digest == GRAPH.root.digest
    copied = MemoryTarget()
    copy(source, copied, source.resolve("me/a:1"), name="x")
    for each in reversed(GRAPH.nodes):
        assert read(source.fetch(each.descriptor)) == read(each.content)
        assert source.fetch(each.descriptor).read_at(2, 9) == read(each.content)[2:11]
        assert not source.exists(Descriptor(media_type="x", digest=each.descriptor.digest, size=1))
    with pytest.raises(NotFoundError, match="no artifact"):
        source.resolve("other")
    with pytest.raises(NotFoundError):
        source.fetch(node(b"not there").descriptor)


@pytest.mark.parametrize("how", ["plain", "gzip", "zstd"])
def test_an_archive_is_received_in_one_pass(how: str) -> None:
    target = received(packed(tar([("./README", b"whatever"), *reversed(files_of(GRAPH))]), how))
    assert target.resolve("me/a:1").digest == GRAPH.root.digest


def test_a_long_path_and_a_large_size_are_understood() -> None:
    files = [("x/" * 200 + "README", b"no blob"), *files_of(GRAPH)]
    for layout in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        assert received(tar(files, layout)).resolve("me/a:1").digest == GRAPH.root.digest


def test_a_failure_is_taken_back_in_a_file_and_ends_a_stream(tmp_path: Path) -> None:
    wrong = Descriptor.of("x", b"right")
    with ArchiveFile.create(tmp_path / "a.tar") as archive:
        for data in (b"wrong", b"righ", b"right and more"):
            with pytest.raises(IntegrityError):
                archive.push(wrong, BytesContent(data))
        copy(in_memory(GRAPH), archive, GRAPH.root, name="me/a:1")
    written(tmp_path / "b.tar")
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    stream = ArchiveWriter(lambda _data: None, "a stream")
    with pytest.raises(IntegrityError):
        stream.push(wrong, BytesContent(b"wrong"))
    with pytest.raises(StoreError, match="ended in the middle"):
        stream.push(wrong, BytesContent(b"right"))
    with pytest.raises(StoreError, match="ended in the middle"):
        stream.finish()


def test_a_failure_leaves_what_was_there_and_nothing_beside_it(tmp_path: Path) -> None:
    before = written(tmp_path / "a.tar")
    with pytest.raises(NotFoundError), ArchiveFile.create(tmp_path / "a.tar") as archive:
        archive.tag(GRAPH.root, "me/a:2")
    assert (tmp_path / "a.tar").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar"]


def test_referrers_are_found_in_an_archive(tmp_path: Path) -> None:
    signature = referrer(GRAPH.root)
    with ArchiveFile.create(tmp_path / "a.tar") as archive:
        copy(in_memory(GRAPH), archive, GRAPH.root, name="me/a:1")
        copy(in_memory(signature), archive, signature.root)
        archive.attach(signature.root)
    source = ArchiveSource(tmp_path / "a.tar")
    assert [found.digest for found in source.referrers(GRAPH.root)] == [signature.root.digest]
    assert source.referrers(GRAPH.root, "another/type") == ()
    assert source.referrers(signature.root) == ()
    assert [name for name, _ in source.entries()] == ["me/a:1", None]


def _broken() -> dict[str, bytes]:
    files = files_of(GRAPH)
    good = tar(files)
    blob = files[1]
    sparse = tarfile.TarInfo("blobs/sha256/" + "0" * 64)
    sparse.pax_headers = {"GNU.sparse.size": "99999999999999"}
    huge = tarfile.TarInfo("index.json")
    huge.size = 1 << 61
    endless = tarfile.TarInfo("x")
    endless.pax_headers = {"comment": "x" * (1 << 20)}
    return {
        "nothing": b"",
        "no tar": b"x" * 2000,
        "zeros": bytes(10240),
        "cut in a blob": good[:1700],
        "cut in a header": good[:300],
        "without the index": tar([file for file in files if file[0] != "index.json"]),
        "without the mark": tar([file for file in files if file != MARK]),
        "without a blob": tar(files[1:]),
        "another version": tar([*files[:-1], ("oci-layout", b'{"imageLayoutVersion":"9"}')]),
        "a blob twice": tar([blob, *files]),
        "the index twice": tar([*files, files[-2]]),
        "a wrong blob": tar([(blob[0], b"other bytes"), *files[2:]]),
        "a blob with no digest for a name": tar([("blobs/sha256/xyz", b""), *files]),
        "a symbolic link": tar([odd(blob[0], tarfile.SYMTYPE, "/etc/passwd"), *files]),
        "a hard link": tar([odd(blob[0], tarfile.LNKTYPE, "/etc/passwd"), *files]),
        "a device": tar([odd("blobs/sha256/x", tarfile.CHRTYPE), *files]),
        "a pipe": tar([odd("index.json", tarfile.FIFOTYPE), *files]),
        "a path that leaves": tar([("../index.json", b""), *files]),
        "an absolute path": tar([("/index.json", b""), *files]),
        "a sparse file": tar([sparse, *files], tarfile.PAX_FORMAT),
        "a size that cannot be": huge.tobuf(tarfile.GNU_FORMAT) + good,
        "an endless header": tar([endless, *files], tarfile.PAX_FORMAT),
        "a gzip stream that is cut off": packed(good, "gzip")[:-100],
        "a zstd stream that is cut off": packed(good, "zstd")[:-100],
        "a damaged zstd stream": packed(good, "zstd")[:100] + b"x" * 50,
        "a damaged gzip stream": packed(good, "gzip")[:100] + b"x" * 50,
        "bzip2": b"BZh91AY&SY" + bytes(1000),
        "a damaged header": bytes([good[0] ^ 1]) + good[1:],
        "a large window": b"\x28\xb5\x2f\xfd\x00\xf8" + bytes(100),
    }


@pytest.mark.parametrize(("what", "data"), _broken().items(), ids=_broken().keys())
def test_hostile_archives_are_refused(what: str, data: bytes, tmp_path: Path) -> None:
    with pytest.raises(OlbuildError) as caught:
        received(data)
    if what not in {"without a blob", "a wrong blob"}:
        assert isinstance(caught.value, FormatError)
        with pytest.raises(FormatError):
            ArchiveSource(write(tmp_path, data)).names()

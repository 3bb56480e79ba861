"""Headers of tar archives: what others read in them, and that they are always the same bytes."""

import io
import tarfile

import pytest

from olbuild.core.content import TAR_BLOCK, TAR_END, tar_file, tar_folder, tar_padding
from olbuild.core.names import Digest

LONG = "models/" + "deep/" * 30 + "model.gguf"


def read(data: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return archive.getmembers()


@pytest.mark.parametrize("path", ["a", "x" * 100, "x" * 101, LONG, "modèles/ü.gguf"])
@pytest.mark.parametrize("data", [b"", b"1", bytes(511), bytes(512), bytes(513)])
def test_python_reads_what_is_written(path: str, data: bytes) -> None:
    whole = tar_folder("folder") + tar_file(path, len(data)) + data + tar_padding(len(data)) + TAR_END
    folder, file = read(whole)
    assert (folder.name, folder.isdir(), folder.mode) == ("folder", True, 0o755)
    assert (file.name, file.size, file.isreg(), file.mode) == (path, len(data), True, 0o644)
    assert (file.mtime, file.uid, file.gid, file.uname, file.gname) == (0, 0, 0, "", "")
    assert len(whole) % TAR_BLOCK == 0


@pytest.mark.parametrize("size", [8**11 - 1, 8**11, 10 << 40])
def test_large_sizes_are_read(size: int) -> None:
    header = tar_file("model.gguf", size)
    assert tarfile.TarInfo.frombuf(header[-TAR_BLOCK:], "utf-8", "strict").name == "model.gguf"
    with tarfile.open(fileobj=io.BytesIO(header), mode="r|") as archive:
        found = archive.next()
        assert found is not None
        assert found.size == size


def test_the_bytes_never_change() -> None:
    assert str(Digest.of(tar_file("model.gguf", 1) + tar_file(LONG, 8**11))) == (
        "sha256:90270777c2a4e8e3bbebc0587c4397d665a626a20705a994e171400d32ef3959"
    )

"""What file systems do: share blocks, fill up, refuse to be written. Those that must be mounted need root."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from olbuild.core.content import BytesContent, Descriptor, FileContent, JoinedContent, tar_file, tar_padding
from olbuild.core.errors import ResourceError, StoreError
from olbuild.storage.copy import copy
from olbuild.storage.store import Layout, Store
from olbuild.testing.targets import in_memory, sample_graph
from tests.unit.storage.artifacts import node, put

MIB = 1 << 20


@contextmanager
def mounted(folder: Path, *arguments: str) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    folder.mkdir()
    done = subprocess.run(["mount", *arguments, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(params=["xfs", "btrfs"])
def reflinking(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Return a folder in a file system that can share blocks."""
    make = shutil.which(f"mkfs.{request.param}", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if make is None:
        pytest.skip(f"the program mkfs.{request.param} is missing")
    image = tmp_path / "image"
    with image.open("wb") as stream:
        stream.truncate(400 * MIB)
    subprocess.run([make, "-q", str(image)], check=True, capture_output=True)
    with mounted(tmp_path / "mounted", "-o", "loop", str(image)) as folder:
        yield folder


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Return a folder in a file system of 8 MiB."""
    with mounted(tmp_path / "mounted", "-t", "tmpfs", "-o", "size=8m", "tmpfs") as folder:
        yield folder


def free(folder: Path) -> int:
    os.sync()
    status = os.statvfs(folder)
    return status.f_bfree * status.f_frsize


@pytest.mark.integration
def test_files_are_shared_where_the_file_system_can(reflinking: Path) -> None:
    file = reflinking / "file"
    file.write_bytes(os.urandom(64 * MIB))
    before = free(reflinking)
    store = Store.open(reflinking / "home")
    imported = store.import_file(file)
    assert imported.how == "reflink"
    assert before - free(reflinking) < 4 * MIB
    assert store.verify() == ()
    with file.open("r+b") as stream:
        stream.write(b"changed")
    assert store.verify() == ()


@pytest.mark.integration
def test_copies_between_layouts_share_blocks_too(reflinking: Path) -> None:
    layout, store = Layout(reflinking / "layout"), Store.open(reflinking / "home")
    graph = put(layout, "seed", "one", (os.urandom(64 * MIB),))
    before = free(reflinking)
    copy(layout, store, graph.root, name="one")
    assert before - free(reflinking) < 4 * MIB
    assert store.verify() == ()


@pytest.mark.integration
def test_an_archive_around_a_file_shares_its_blocks(reflinking: Path) -> None:
    store = Store.open(reflinking / "home")
    data = os.urandom(64 * MIB + 77)
    node = put(store, "seed", "one", (data,)).nodes[1]
    head = tar_file("models/model.gguf", len(data), before=0)
    archive = JoinedContent((BytesContent(head), store.fetch(node.descriptor), BytesContent(tar_padding(len(data)))))
    whole = archive.read_at(0, archive.size)
    descriptor = Descriptor.of("application/vnd.oci.image.layer.v1.tar", whole)
    before = free(reflinking)
    store.push(descriptor, archive)
    assert before - free(reflinking) < 4 * MIB
    assert store.fetch(descriptor).read_at(0, archive.size) == whole
    assert store.verify() == ()


@pytest.mark.integration
def test_a_file_that_begins_in_the_middle_of_a_block_is_copied(reflinking: Path) -> None:
    store = Store.open(reflinking / "home")
    data = os.urandom(8 * MIB)
    node = put(store, "seed", "one", (data,)).nodes[1]
    joined = JoinedContent((BytesContent(b"x" * 513), store.fetch(node.descriptor)))
    descriptor = Descriptor.of("a/b", joined.read_at(0, joined.size))
    store.push(descriptor, joined)
    assert store.fetch(descriptor).size == joined.size
    assert store.verify() == ()


@pytest.mark.integration
def test_a_disk_that_is_too_small_is_known_before_work_begins(small: Path, tmp_path: Path) -> None:
    store = Store.open(small / "home")
    file = tmp_path / "file"
    file.write_bytes(os.urandom(16 * MIB))
    with pytest.raises(ResourceError, match="16,777,216 bytes are needed"):
        store.import_file(file)
    graph = sample_graph("big", (bytes(16 * MIB),))
    with store.lease("pull") as lease, pytest.raises(ResourceError, match="are needed"):
        copy(in_memory(graph), store, graph.root, name="big", prepare=store.preparation(lease))
    assert not list(store.layout.blobs)


@pytest.mark.integration
def test_a_disk_that_fills_up_leaves_nothing_half_written(small: Path) -> None:
    store = Store.open(small / "home")
    graph = put(store, "seed", "one")
    with pytest.raises(ResourceError, match="no space is left"):
        put(store, "big", "big", (bytes(16 * MIB),))
    with pytest.raises(ResourceError, match="no space is left"):  # noqa: PT012 - one of them is the last
        for number in range(100):
            content = node(bytes([number]) * 200_000)
            store.push(content.descriptor, content.content)
    filler = small / "filler"
    with filler.open("wb") as stream, pytest.raises(OSError, match="No space left"):
        stream.write(bytes(8 * MIB))
    with pytest.raises(ResourceError):
        store.tag(graph.root, "two")
    assert not list(store.home.ingest.iterdir())
    assert store.verify() == ()
    filler.unlink()
    store.tag(graph.root, "two")
    store.prune()
    assert store.verify() == ()


LIMITED = """
import resource, sys
from pathlib import Path
from olbuild.core.errors import ResourceError
from olbuild.storage.store import Store
store = Store.open(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    store.import_file(Path(sys.argv[2]))
except ResourceError as error:
    print(error.message)
"""


@pytest.mark.parametrize("size", [2 * MIB, 70 * MIB])
def test_a_limit_on_file_sizes_is_no_space(size: int, tmp_path: Path) -> None:
    assert resource.RLIMIT_FSIZE
    file = tmp_path / "file"
    file.write_bytes(os.urandom(size))
    arguments = [sys.executable, "-c", LIMITED, str(tmp_path / "home"), str(file)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "no space is left to write" in done.stdout
    store = Store.open(tmp_path / "home")
    assert not list(store.layout.blobs)
    assert store.verify() == ()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take the permission to write away: root has it always, and needs a mount."""
    if os.geteuid() != 0:
        changed = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
        for path in changed:
            path.chmod(0o555)
        yield
        for path in changed:
            path.chmod(0o755)
        return
    bind = subprocess.run(["mount", "--bind", folder, folder], capture_output=True, text=True, check=False)
    if bind.returncode:
        pytest.skip(f"cannot mount here: {bind.stderr.strip()}")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_read_only_store_can_be_read_and_says_so_when_written(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "file"
    graph = put(Store.open(home), "seed", "one")
    file.write_bytes(b"weights")
    with read_only(home):
        store = Store.open(home)
        assert list(store.names()) == ["one"]
        assert store.complete(store.resolve("one"))
        with store.lease("push") as lease:
            lease.protect([graph.root.digest])
            assert isinstance(store.fetch(graph.root), FileContent)
        assert store.verify() == ()
        assert store.usage().unnamed == 0
        content = node(b"new")
        for action in (
            lambda: store.push(content.descriptor, content.content),
            lambda: store.import_file(file),
            lambda: store.import_file(file, link=True),
            lambda: store.tag(graph.root, "two"),
            lambda: store.untag("one"),
            lambda: store.remove("one"),
            store.prune,
        ):
            with pytest.raises(StoreError, match="cannot be written"):
                action()
    assert Store.open(home).verify() == ()


def test_a_home_that_cannot_be_made_is_one_error(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with read_only(folder), pytest.raises(StoreError, match="cannot be written"):
        Store.open(folder / "home")


@pytest.mark.integration
def test_a_file_that_is_rewritten_behind_its_times_is_no_lie(reflinking: Path) -> None:
    """Change a file after it was cloned and set its time back: the digest must be that of what was stored."""
    file, changed = reflinking / "file", list[bool]()
    file.write_bytes(bytes(16 * MIB))
    os.utime(file, ns=(10**18, 10**18 + 1))

    def progress(_amount: int) -> None:
        if not changed:
            changed.append(True)
            with file.open("r+b") as stream:
                stream.seek(15 * MIB)
                stream.write(b"changed")
            os.utime(file, ns=(10**18, 10**18 + 1))

    store = Store.open(reflinking / "home")
    assert store.import_file(file, progress=progress).how == "reflink"
    assert store.verify() == ()
    assert store.known_digest(file) is None


@pytest.mark.integration
def test_removing_makes_room_on_a_full_disk(small: Path) -> None:
    store = Store.open(small / "home")
    graph = put(store, "seed", "one", (os.urandom(MIB),))
    put(store, "other", "two")
    with (small / "filler").open("wb", buffering=0) as stream, pytest.raises(OSError, match="No space left"):
        stream.writelines(bytes(4096) for _ in range(8 * MIB))
    with store.lease("run") as lease:
        lease.protect([graph.root.digest])
        assert store.complete(graph.root)
    assert not list(store.home.leases.iterdir())
    with pytest.raises(ResourceError):
        store.tag(graph.root, "three")
    assert store.remove("one").bytes > MIB
    assert store.verify() == ()
    assert list(store.names()) == ["two"]
    assert store.home.ballast.exists()

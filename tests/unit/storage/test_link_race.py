"""A copy and a hard link of one content at once: no instant leaves a link that is believed without a record."""

import threading
from pathlib import Path

import pytest

from olbuild.core.content import BytesContent
from olbuild.core.names import Digest
from olbuild.storage.store import Store
from olbuild.storage.store.links import Links
from olbuild.storage.store.source import SourceFile
from tests.unit.storage.artifacts import node

DATA = b"weights" * 1000


def push(home: Path) -> None:
    """Store the content from memory."""
    store = Store.open(home)
    store.push(node(DATA).descriptor, BytesContent(DATA))


def copy_in(home: Path) -> None:
    """Store the content from another file."""
    file = home.parent / "another"
    file.write_bytes(DATA)
    Store.open(home).import_file(file)


@pytest.mark.parametrize("other", [push, copy_in])
def test_a_copy_does_not_drop_the_record_of_a_link(
    other: object, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, descriptor = tmp_path / "file", node(DATA).descriptor
    file.write_bytes(DATA)
    linking, published, linked = threading.Event(), threading.Event(), threading.Event()
    add, forget = Links.add, Links.forget

    def slow_add(self: Links, source: SourceFile, digest: Digest, blob: Path) -> None:
        linking.set()
        published.wait(0.5)  # the other one puts its copy in place, if it can
        add(self, source, digest, blob)

    def slow_forget(self: Links, digest: Digest) -> None:
        published.set()
        linked.wait(5)
        forget(self, digest)

    monkeypatch.setattr(Links, "add", slow_add)
    monkeypatch.setattr(Links, "forget", slow_forget)

    def link() -> None:
        store.import_file(file, link=True)
        linked.set()

    threads = [threading.Thread(target=link), threading.Thread(target=other, args=(store.home.path,))]  # type: ignore[arg-type]
    threads[0].start()
    assert linking.wait(5)
    threads[1].start()
    for thread in threads:
        thread.join()
    blob = store.layout.blobs.path(descriptor.digest)
    assert not blob.samefile(file) or (store.home.links / descriptor.digest.hex).exists()
    file.write_bytes(DATA[::-1])
    assert not store.exists(descriptor) or blob.read_bytes() == DATA

"""Blobs that need no second hash."""

import os
from pathlib import Path

import pytest

from olbuild.core.content import BytesContent, Descriptor, FileContent
from olbuild.core.names import MediaType
from olbuild.storage.store import Store

DATA = os.urandom(17 << 20)
BLOB = Descriptor.of(MediaType.MODEL_WEIGHT, DATA)


def fetched(store: Store, descriptor: Descriptor = BLOB) -> FileContent:
    content = store.fetch(descriptor)
    assert isinstance(content, FileContent)
    return content


@pytest.mark.parametrize("how", ["push", "import", "link"])
def test_what_was_verified_on_entry_is_vouched_for(tmp_path: Path, how: str) -> None:
    file = tmp_path / "weights"
    file.write_bytes(DATA)
    store = Store.open(tmp_path / "home")
    if how == "push":
        store.push(BLOB, BytesContent(DATA))
    else:
        store.import_file(file, link=how == "link")
    content = fetched(Store.open(tmp_path / "home"))
    assert content.verified is not None
    assert content == FileContent.of(content.path)


def test_a_blob_that_was_touched_is_not(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.push(BLOB, BytesContent(DATA))
    path = fetched(store).path
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.write(b"!")
    assert fetched(store).verified is None
    store.push(BLOB, BytesContent(DATA))
    assert fetched(store).verified is None
    path.unlink()
    path.write_bytes(DATA)
    assert fetched(store).verified is None


def test_a_small_one_is_hashed_each_time(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    blob = Descriptor.of(MediaType.MODEL_WEIGHT, b"small")
    store.push(blob, BytesContent(b"small"))
    assert fetched(store, blob).verified is None

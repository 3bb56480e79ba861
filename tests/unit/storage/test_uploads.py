"""Uploads in a store: pieces, digests, other processes and old ones."""

import os
import time
from pathlib import Path

import pytest

from olbuild.core.content import BytesContent
from olbuild.core.errors import IntegrityError, NotFoundError, ResourceError
from olbuild.core.names import Digest
from olbuild.storage.store import Store
from olbuild.storage.store import uploads as module
from olbuild.storage.store.uploads import Busy
from tests.unit.storage.artifacts import put, referrer

DATA = os.urandom(9 << 20)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "home")


def add(store: Store, word: str, data: bytes) -> None:
    with store.uploads.open(word) as upload, BytesContent(data).open() as reader:
        upload.append(reader, len(data))


def finish(store: Store, word: str, digest: Digest) -> int:
    with store.uploads.open(word) as upload:
        return upload.finish(digest, store.layout.blobs)


@pytest.mark.parametrize("cuts", [[], [1], [4 << 20], [5, 5, 100], [1 << 20, 9 << 20]])
def test_pieces_become_a_blob(store: Store, cuts: list[int]) -> None:
    word = store.uploads.begin()
    for start, end in zip([0, *cuts], [*cuts, len(DATA)], strict=True):
        add(store, word, DATA[start:end])
        assert store.uploads.received(word) == end
    assert finish(store, word, Digest.of(DATA)) == len(DATA)
    path = store.layout.blobs.path(Digest.of(DATA))
    assert path.read_bytes() == DATA
    assert path.stat().st_mode & 0o777 == 0o444
    assert store.verify() == ()
    with pytest.raises(NotFoundError):
        store.uploads.received(word)


def test_another_process_takes_an_upload_up(store: Store) -> None:
    word = store.uploads.begin()
    add(store, word, DATA[:5000])
    other = Store.open(store.home.path)
    add(other, word, DATA[5000:8000])
    add(store, word, DATA[8000:])  # what it remembers is older than the file
    finish(other, word, Digest.of(DATA))
    assert store.verify() == ()


def test_another_digest_is_no_blob(store: Store) -> None:
    word = store.uploads.begin()
    add(store, word, DATA)
    with pytest.raises(IntegrityError, match="was announced"):
        finish(store, word, Digest.of(b"other"))
    assert list(store.layout.blobs) == []


def test_one_writes_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.1)
    word = store.uploads.begin()
    with store.uploads.open(word), pytest.raises(Busy), Store.open(store.home.path).uploads.open(word):
        pass
    with store.uploads.open(word):
        assert store.uploads.received(word) == 0


def test_old_ones_are_dropped(store: Store) -> None:
    old, new = store.uploads.begin(), store.uploads.begin()
    os.utime(store.home.uploads / old, (0, 0))
    store.prune(dry_run=True)
    assert store.uploads.received(old) == 0
    store.prune()
    assert store.uploads.received(new) == 0
    with pytest.raises(NotFoundError):
        store.uploads.received(old)


def test_there_are_not_too_many(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    old = store.uploads.begin()
    store.uploads.begin()
    with pytest.raises(ResourceError):
        store.uploads.begin()
    os.utime(store.home.uploads / old, (time.time() - 700, time.time() - 700))
    store.uploads.begin()  # in need the older ones go earlier
    with pytest.raises(NotFoundError):
        store.uploads.received(old)


@pytest.mark.parametrize("word", ["", ".", "..", "../format.json", "a" * 31, "A" * 32, "a" * 32])
def test_a_word_that_is_no_upload(store: Store, word: str) -> None:
    store.uploads.begin()
    for ask in (store.uploads.received, store.uploads.cancel, lambda word: add(store, word, b"x")):
        with pytest.raises(NotFoundError):
            ask(word)
    assert not (store.home.uploads / ("a" * 32)).exists()


def test_what_is_released_is_protected_no_longer(store: Store) -> None:
    graph = put(store, "a", "a:v1")
    with store.lease("test") as lease:
        lease.protect([graph.root.digest])
        store.untag("a:v1")
        assert store.prune().blobs == 0
        lease.release([graph.root.digest])
        assert store.prune().blobs == len(graph.nodes)


def test_discarding_takes_one_blob_that_no_name_needs(store: Store) -> None:
    graph = put(store, "a", "a:v1")
    about = referrer(graph.root)
    for node in about:
        store.push(node.descriptor, node.content)
    leaf = graph.nodes[0].descriptor.digest
    assert store.discard(leaf) is None
    assert store.discard(graph.root.digest) is None
    assert store.discard(about.nodes[0].descriptor.digest) is None  # the referrer needs it, and its subject that
    gone = store.discard(about.root.digest)
    assert gone is not None
    assert gone.digests == (about.root.digest,)
    with store.lease("test") as lease:
        lease.protect([about.nodes[1].descriptor.digest])
        kept = store.discard(about.nodes[1].descriptor.digest)
        assert kept is not None
        assert kept.blobs == 0
    assert store.resolve("a:v1") == graph.root


def test_referrers_count_with_their_subject(store: Store) -> None:
    graph = put(store, "a", "a:v1")
    before = store.usage()
    about = referrer(graph.root)
    for node in about:
        store.push(node.descriptor, node.content)
    added = sum(node.descriptor.size for node in about)
    usage = store.usage()
    assert (usage.unnamed, usage.names[0].total) == (0, before.names[0].total + added)

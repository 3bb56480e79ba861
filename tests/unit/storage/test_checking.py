"""Verification finds what is wrong with a store."""

import os

import pytest

from olbuild.storage.store import Store
from tests.unit.storage.artifacts import put


def kinds(store: Store) -> list[tuple[str, str]]:
    return [(problem.kind, problem.subject) for problem in store.verify()]


def test_a_whole_store_has_no_problem_and_is_read_whole(store: Store) -> None:
    put(store, "seed", "one")
    seen = [0]
    assert store.verify(seen.append) == ()
    assert sum(seen) == store.usage().total


def test_a_changed_blob_is_found(store: Store) -> None:
    graph = put(store, "seed", "one")
    digest = graph.nodes[1].descriptor.digest
    blob = store.layout.blobs.path(digest)
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes()[::-1])
    assert kinds(store) == [("damaged", str(digest))]


def test_a_truncated_and_a_missing_blob_make_an_artifact_incomplete(store: Store) -> None:
    graph = put(store, "seed", "one")
    config, layer = (entry.descriptor.digest for entry in graph.nodes[:2])
    os.truncate(store.layout.blobs.path(config), 3)
    store.layout.blobs.delete(layer)
    assert kinds(store) == [("damaged", str(config)), ("incomplete", "one"), ("incomplete", "one")]
    messages = " ".join(problem.message for problem in store.verify())
    assert f"{layer}, which is missing" in messages
    assert f"{config} with {graph.nodes[0].descriptor.size} bytes, and it has 3" in messages


def test_what_does_not_belong_is_found(store: Store) -> None:
    put(store, "seed", "one")
    for place in ("note.txt", "blobs/md5", "blobs/sha256/abc"):
        (store.home.store / place).write_text("stray")
    found = {problem.subject.removeprefix(f"{store.home.store}/") for problem in store.verify()}
    assert found == {"note.txt", "blobs/md5", "blobs/sha256/abc"}


@pytest.mark.parametrize("text", ["", "[]", '{"schemaVersion":2,"manifests":[{"digest":"x"}]}'])
def test_a_malformed_index_is_found(text: str, store: Store) -> None:
    (store.home.store / "index.json").write_text(text)
    assert kinds(store) == [("malformed", "index.json")]


def test_a_blob_that_is_no_file_is_found(store: Store) -> None:
    graph = put(store, "seed", "one")
    blob = store.layout.blobs.path(graph.nodes[0].descriptor.digest)
    blob.unlink()
    blob.mkdir()
    assert ("damaged", str(graph.nodes[0].descriptor.digest)) in kinds(store)

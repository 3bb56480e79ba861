"""Splitting and joining: exact, deterministic, never a copy, and strict about what others wrote."""

import json
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.artifact.splitting import (
    Cut,
    Joined,
    PartDigests,
    cut,
    hash_parts,
    needs_splitting,
    split,
)
from olbuild.core.content import BytesContent, Content, Descriptor, Graph, Node, RegionContent, Watchful, decode_json
from olbuild.core.errors import IntegrityError, NotFoundError, UsageError
from olbuild.core.names import Digest, MediaType
from olbuild.storage.copy import copy
from olbuild.storage.graph import GraphSource
from olbuild.storage.memory import MemoryTarget
from tests.unit.artifact.parted import FETCH, LIMIT, MODEL, SPLIT, WEIGHTS, WHOLE


@dataclass
class Remembering:
    """A memory that counts."""

    documents: dict[str, dict[str, object]] = field(default_factory=dict)

    def get(self, key: str) -> dict[str, object] | None:
        return self.documents.get(key)

    def put(self, key: str, value: dict[str, object]) -> None:
        self.documents[key] = value


def _manifest(graph: Graph) -> dict[str, Any]:
    document = decode_json(graph.nodes[-1].content.read_at(0, graph.root.size), "manifest")
    assert isinstance(document, dict)
    return document


@given(st.integers(0, 10_000), st.integers(1, 3000))
def test_cuts_are_consecutive_and_within_the_limit_and_as_few_as_they_can_be(size: int, limit: int) -> None:
    cuts = cut(size, limit)
    ends = list(accumulate((each.size for each in cuts), initial=0))
    assert [*(each.offset for each in cuts), size] == ends
    assert all(0 < each.size <= limit for each in cuts) or size == 0
    assert len(cuts) <= max(1, -(-size // limit))
    assert len({each.size for each in cuts[:-1]}) <= 1


def test_limits_that_need_the_same_number_of_parts_give_the_same_artifact() -> None:
    assert split(WHOLE.root, FETCH, LIMIT - 1, hash_parts).root == SPLIT.root
    assert split(WHOLE.root, FETCH, 1500, hash_parts).root != SPLIT.root


def test_a_split_manifest_holds_the_whole_one_and_everything_it_names_in_order() -> None:
    manifest = _manifest(SPLIT)
    assert manifest["config"]["digest"] == str(WHOLE.root.digest)
    assert manifest["annotations"] == {
        "dev.olbuild.split.whole": str(WHOLE.root.digest),
        "org.opencontainers.image.source": "https://example.com/x",
    }
    whole = _manifest(WHOLE)
    config, *parts = manifest["layers"][:4]
    assert config == whole["config"]
    assert manifest["layers"][4:] == whole["layers"][1:]
    assert [part["size"] for part in parts] == [1622, 1622, 1620]
    assert parts[1]["annotations"] == {
        "dev.olbuild.split.of": str(Digest.of(MODEL)),
        "dev.olbuild.split.offset": "1622",
        "dev.olbuild.split.size": "4864",
        "org.opencontainers.image.title": "model.gguf.part-00002-of-00003",
    }
    assert parts[1]["digest"] == str(Digest.of(MODEL[1622:3244]))


def test_parts_are_regions_of_the_stored_file() -> None:
    parts = [node.content for node in SPLIT if node.descriptor.media_type == MediaType.SPLIT_PART]
    assert all(isinstance(part, RegionContent) and part.whole == BytesContent(MODEL) for part in parts)
    assert len(parts) == 3


def test_a_limit_that_nothing_exceeds_leaves_nothing_to_split() -> None:
    assert not needs_splitting(WHOLE.root, FETCH, len(MODEL))
    assert needs_splitting(WHOLE.root, FETCH, len(MODEL) - 1)


def test_too_small_a_limit_and_too_many_parts_are_refused() -> None:
    with pytest.raises(UsageError, match="too small"):
        split(WHOLE.root, FETCH, 1023, hash_parts)
    large = Descriptor(media_type="x/y", digest=Digest.of(b""), size=1 << 40)
    data = json.dumps({"schemaVersion": 2, "config": WHOLE.nodes[0].descriptor.to_json(), "layers": [large.to_json()]})
    root = Descriptor.of(MediaType.OCI_MANIFEST, data.encode())
    with pytest.raises(UsageError, match="more than a manifest can hold"):
        split(root, lambda _: BytesContent(data.encode()), 1 << 20, lambda *_: pytest.fail("hashed in vain"))


def test_joining_gives_the_whole_artifact_and_nothing_of_the_split_one() -> None:
    source, destination = Joined(GraphSource(SPLIT, "parts")), MemoryTarget()
    root = source.resolve(str(SPLIT.root.digest))
    assert root == WHOLE.root
    copy(source, destination, root, name="x")
    assert destination._blobs == {node.descriptor.digest: node.content.read_at(0, 1 << 20) for node in WHOLE}
    assert destination.resolve("x") == WHOLE.root


def test_what_is_not_split_is_what_it_is() -> None:
    source = Joined(GraphSource(WHOLE, "whole"))
    assert source.resolve(str(WHOLE.root.digest)) == WHOLE.root
    assert source.split_of(WHOLE.root) is None
    assert all(source.exists(node.descriptor) for node in WHOLE)
    assert not source.exists(Descriptor.of("x/y", b"other"))


def test_content_exists_if_all_of_its_parts_do() -> None:
    parts = [node for node in SPLIT if node.descriptor.media_type == MediaType.SPLIT_PART]
    lacking = Graph(tuple(node for node in SPLIT if node is not parts[1]))
    for graph, there in ((SPLIT, True), (lacking, False)):
        source = Joined(GraphSource(graph, "parts"))
        root = source.resolve(str(SPLIT.root.digest))
        assert source.exists(root)
        assert source.exists(WEIGHTS) is there
        assert source.split_of(root) == Descriptor(
            media_type=MediaType.OCI_MANIFEST,
            digest=SPLIT.root.digest,
            size=SPLIT.root.size,
            artifact_type=MediaType.SPLIT_ARTIFACT,
        )


def test_the_digest_of_the_whole_finds_the_split_one_by_its_tag() -> None:
    target = Repository()
    copy(GraphSource(SPLIT, "parts"), target, SPLIT.root, name="v1")
    assert Joined(target, tag="v1").resolve(str(WHOLE.root.digest)) == WHOLE.root
    with pytest.raises(NotFoundError):
        Joined(target).resolve(str(WHOLE.root.digest))
    with pytest.raises(NotFoundError):
        Joined(target, tag="v1").resolve(str(Digest.of(b"another")))
    with pytest.raises(NotFoundError):
        Joined(target, tag="v2").resolve("v2")


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("change", ["flip", "cut", "swap"])
def test_a_part_that_is_damaged_is_named_and_nothing_of_the_whole_becomes_visible(index: int, change: str) -> None:
    parts = [node for node in SPLIT if node.descriptor.media_type == MediaType.SPLIT_PART]
    data = parts[index].content.read_at(0, 1 << 20)
    wrong = {"flip": b"\xff" + data[1:], "cut": data[:-1], "swap": data[::-1]}[change]
    damaged = Graph(
        tuple(Node(node.descriptor, BytesContent(wrong)) if node is parts[index] else node for node in SPLIT)
    )
    source, destination = Joined(GraphSource(damaged, "parts")), MemoryTarget()
    root = source.resolve(str(SPLIT.root.digest))
    with pytest.raises(IntegrityError, match=str(parts[index].descriptor.digest)):
        copy(source, destination, root)
    assert Digest.of(MODEL) not in destination._blobs


def test_parts_that_are_right_and_not_the_whole_are_refused() -> None:
    """A split manifest that names the parts of another file: each part matches its digest, the whole does not."""
    wrong = bytes(len(MODEL))
    contents = {node.descriptor.digest: node.content for node in SPLIT}
    lie = split(WHOLE.root, FETCH, LIMIT, lambda _whole, _content, cuts: hash_parts(LIE, BytesContent(wrong), cuts))
    contents |= {Digest.of(wrong[part.offset : part.offset + part.size]): BytesContent(wrong) for part in cut(4864, 2)}
    cuts = cut(len(MODEL), LIMIT)
    contents |= {
        Digest.of(wrong[each.offset : each.offset + each.size]): BytesContent(wrong[: each.size]) for each in cuts
    }
    nodes = tuple(Node(node.descriptor, contents.get(node.descriptor.digest, node.content)) for node in lie)
    source, destination = Joined(GraphSource(Graph(nodes), "parts")), MemoryTarget()
    with pytest.raises(IntegrityError, match=str(Digest.of(MODEL))):
        copy(source, destination, source.resolve(str(lie.root.digest)))
    assert Digest.of(MODEL) not in destination._blobs


LIE = Descriptor(media_type="x/y", digest=Digest.of(b"lie"), size=len(MODEL))


def test_digests_are_found_once_and_remembered() -> None:
    memory, events = Remembering(), list[object]()
    digests = PartDigests(memory, events.append)
    whole, cuts = WEIGHTS, cut(len(MODEL), LIMIT)
    found = digests(whole, BytesContent(MODEL), cuts)
    assert found == tuple(Digest.of(MODEL[each.offset : each.offset + each.size]) for each in cuts)
    assert events
    events.clear()
    assert digests(whole, BytesContent(b""), cuts) == found  # the content is not read
    assert not events
    key = next(iter(memory.documents))
    for damaged in (None, 5, ["sha256:x"] * 3, [str(found[0])], [1, 2, 3]):
        memory.documents[key] = {"parts": damaged}
        assert digests(whole, BytesContent(MODEL), cuts) == found
        assert memory.documents[key] == {"parts": [str(digest) for digest in found]}


def test_content_that_ends_early_has_no_digests() -> None:
    whole = Descriptor(media_type="x/y", digest=Digest.of(b""), size=5000)
    with pytest.raises(IntegrityError, match="before the end"):
        hash_parts(whole, _Short(bytes(4000)), cut(5000, 2000))
    for cuts in ((Cut(0, 4999),), (Cut(0, 2000), Cut(2001, 2999)), (Cut(1, 4999),)):
        with pytest.raises(ValueError, match="one behind the other"):
            hash_parts(whole, BytesContent(bytes(5000)), cuts)


class Repository(MemoryTarget):
    """Has manifests and blobs apart, as a registry: the whole manifest is a blob there, and none of its manifests."""

    def resolve(self, name: str) -> Descriptor:
        found = super().resolve(name)
        if found.media_type != MediaType.OCI_MANIFEST:
            raise NotFoundError(name)
        return found


class _Short(BytesContent):
    """Says that it has more bytes than it has."""

    @property
    def size(self) -> int:
        return 5000


@pytest.mark.parametrize("step", [1, 1622, 1000, 2000, 9999])
def test_bytes_that_were_read_in_any_way_are_watched_in_their_order(step: int) -> None:
    source = Joined(GraphSource(SPLIT, "parts"))
    source.resolve(str(SPLIT.root.digest))
    content = source.fetch(WEIGHTS)
    assert isinstance(content, Watchful)
    watch = content.watch("x")
    for offset in range(0, len(MODEL), step):
        watch(memoryview(MODEL)[offset : offset + step])
    watch = content.watch("x")
    watch(memoryview(MODEL)[:1622])
    with pytest.raises(IntegrityError, match=str(Digest.of(MODEL[1622:3244]))):
        watch(memoryview(b"\xff" + MODEL[1623:]))


def test_another_region_of_a_part_is_not_verified_but_right() -> None:
    source = Joined(GraphSource(SPLIT, "parts"))
    source.resolve(str(SPLIT.root.digest))
    content: Content = source.fetch(WEIGHTS)
    assert content.size == len(MODEL)
    assert content.read_at(1600, 100) == MODEL[1600:1700]
    with content.open(1600, 2000) as reader:
        data = memoryview(bytearray(3000))
        filled = 0
        while count := reader.readinto(data[filled:]):
            filled += count
    assert bytes(data[:filled]) == MODEL[1600:3600]

"""Tags are listed page by page, and taken away one by one."""

import json
from itertools import islice
from pathlib import Path

import pytest

from olbuild.core.errors import FormatError, NotFoundError, OlbuildError, RegistryError
from olbuild.core.names import Digest
from olbuild.storage.copy import copy
from olbuild.testing.registry import Registry, docker_registry
from tests.integration.registry.faulty import Answer, Faulty, Respond, Seen
from tests.integration.registry.samples import artifact, target

FIRST = "/v2/me/model/tags/list?n=1000"


def pages(*tags: list[str]) -> Respond:
    """Answer with one page after another, each naming the next one relative to itself."""

    def respond(seen: Seen) -> Answer:
        number = int(seen.target.partition("page=")[2] or "0")
        link = {"Link": f'</v2/me/model/tags/list?page={number + 1}>; rel="next"'} if number + 1 < len(tags) else {}
        return Answer(headers=link, body=json.dumps({"name": "me/model", "tags": tags[number]}).encode())

    return respond


def test_pages_are_asked_for_as_they_are_needed(server: Faulty) -> None:
    server.respond = pages(["a", "b"], ["c"], [], ["d"])
    names = target(server.host).names()
    assert list(islice(names, 2)) == ["a", "b"]
    assert [seen.target for seen in server.seen] == [FIRST]
    assert list(names) == ["c", "d"]
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (Answer(body=b'{"tags":[1]}'), FormatError, "is not text"),
        (Answer(body=b'{"tags":["\\u001b[31m"]}'), FormatError, "is not a tag"),
        (Answer(body=b'{"tags":{"a":1}}'), FormatError, "not a list"),
        (Answer(body=b"[]"), FormatError, "not a JSON object"),
        (Answer(headers={"Link": f'<{FIRST}>; rel="next"'}, body=b"{}"), RegistryError, "has no end"),
        (Answer(headers={"Link": '<http://far.example/x>; rel="next"'}, body=b"{}"), RegistryError, "another host"),
        (Answer(status=404, body=b'{"errors":[{"code":"NAME_UNKNOWN"}]}'), NotFoundError, "the tags of me/model"),
        (Answer(status=500), RegistryError, "answered 500"),
        (Answer(body=b'{"tags":["' + b"x" * (17 << 20) + b'"]}'), FormatError, "larger than"),
    ],
)
def test_a_list_that_cannot_be(server: Faulty, answer: Answer, error: type[OlbuildError], said: str) -> None:
    server.respond = lambda _seen: answer
    with pytest.raises(error, match=said):
        list(target(server.host).names())
    assert len(server.seen) <= 4


def test_no_tags_are_an_empty_list(server: Faulty) -> None:
    server.respond = lambda _seen: Answer(body=b'{"name":"me/model","tags":null}')
    assert list(target(server.host).names()) == []


@pytest.mark.integration
def test_one_tag_goes_and_the_others_of_its_manifest_stay(registry: Registry) -> None:
    source, root = artifact(b"layer")
    there = target(registry.host, "me/tags")
    for name in ("v1", "v2", "latest"):
        copy(source, there, root, name=name)
    assert sorted(there.names()) == ["latest", "v1", "v2"]
    there.delete("v2")
    assert sorted(there.names()) == ["latest", "v1"]
    assert target(registry.host, "me/tags").resolve("v1") == root
    with pytest.raises(NotFoundError):
        there.delete("v2")


@pytest.mark.integration
def test_a_digest_goes_with_all_its_tags(registry: Registry) -> None:
    source, root = artifact(b"other layer")
    there = target(registry.host, "me/digests")
    copy(source, there, root, name="v1")
    there.delete(str(root.digest))
    with pytest.raises(NotFoundError):
        there.resolve("v1")
    with pytest.raises(NotFoundError):
        there.delete(str(root.digest))


@pytest.mark.integration
def test_where_nothing_can_be_deleted_everything_stays(tmp_path: Path) -> None:
    source, root = artifact(b"layer")
    with docker_registry(tmp_path, delete=False) as running:
        there = target(running.host)
        copy(source, there, root, name="v1")
        for name in ("v1", str(root.digest)):
            with pytest.raises(RegistryError, match="deletes nothing"):
                there.delete(name)
        assert target(running.host).resolve("v1") == root


def test_a_registry_that_deletes_tags_is_asked_once(server: Faulty) -> None:
    server.respond = lambda _seen: Answer(status=202)
    target(server.host).delete("v1")
    assert [(seen.method, seen.target) for seen in server.seen] == [("DELETE", "/v2/me/model/manifests/v1")]


def test_a_tag_that_was_moved_comes_back_when_the_deletion_fails(server: Faulty) -> None:
    source, root = artifact(b"x")
    manifest = source.fetch(root).read_at(0, root.size)
    stored = {"v1": manifest}

    def respond(seen: Seen) -> Answer:
        name = seen.target.rpartition("/")[2]
        if seen.method == "PUT":
            stored[name] = seen.body
            return Answer(status=201)
        if seen.method == "DELETE":
            known = name in {str(Digest.of(each)) for each in stored.values()}
            return Answer(status=403 if known else 404 if ":" in name else 400)
        headers = {"Content-Type": root.media_type} if name in stored else {}
        return Answer(status=200, headers=headers, body=stored.get(name, b"{}"))

    server.respond = respond
    with pytest.raises(OlbuildError, match="does not allow"):
        target(server.host).delete("v1")
    assert len(server.asked("PUT")) == 2
    assert stored["v1"] == manifest

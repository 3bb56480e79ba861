"""A push of what is there already costs as few round trips as there can be."""

import pytest

from olbuild.core.events import Event, Finished
from olbuild.core.names import Digest
from olbuild.storage.copy import copy
from olbuild.testing.registry import Registry
from tests.integration.registry.faulty import Answer, Faulty, Seen
from tests.integration.registry.samples import artifact, target


def test_a_tag_that_stands_for_it_is_looked_at_once(server: Faulty) -> None:
    source, root = artifact(b"one", b"two")
    headers = {"Docker-Content-Digest": str(root.digest)}
    server.respond = lambda _seen: Answer(headers=headers, length=root.size)
    told: list[Event] = []
    copy(source, target(server.host), root, name="v1", emit=told.append)
    assert [(seen.method, seen.target) for seen in server.seen] == [("HEAD", "/v2/me/model/manifests/v1")]
    assert [event.outcome for event in told if isinstance(event, Finished)] == ["exists"]


@pytest.mark.parametrize("wrong", ["", str(Digest.of(b"other")), "sha256:x", "size"])
def test_a_tag_that_stands_for_something_else_is_moved(server: Faulty, wrong: str) -> None:
    source, root = artifact(b"one")
    stored = {str(node): data for node, data in source._blobs.items()}
    digest = {"Docker-Content-Digest": str(root.digest)}

    def respond(seen: Seen) -> Answer:
        name = seen.target.rpartition("/")[2]
        if seen.method == "PUT":
            return Answer(status=201)
        if name == "v1" and not server.asked("PUT"):
            return Answer(headers=digest if wrong == "size" else {"Docker-Content-Digest": wrong}, length=1)
        return Answer(
            headers={**digest, "Content-Type": root.media_type}, body=stored.get(name, stored[str(root.digest)])
        )

    server.respond = respond
    copy(source, target(server.host), root, name="v1")
    assert [seen.target for seen in server.asked("PUT")] == ["/v2/me/model/manifests/v1"]


@pytest.mark.integration
def test_pushing_twice_moves_nothing(registry: Registry) -> None:
    source, root = artifact(b"layer of an unchanged push")
    for outcomes in (["done", "done", "done"], ["exists"]):
        told: list[Event] = []
        copy(source, target(registry.host, "me/unchanged"), root, name="v1", emit=told.append)
        assert [event.outcome for event in told if isinstance(event, Finished)] == outcomes

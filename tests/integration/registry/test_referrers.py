"""What points to a manifest: from the API, or from the index under the subject's tag."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from olbuild.core.content import BytesContent, Descriptor, canonical_json
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError, NotFoundError, RegistryError
from olbuild.core.names import Digest, MediaType
from olbuild.storage.copy import copy
from olbuild.storage.registry import RegistryTarget
from olbuild.storage.registry.tags import EMPTY
from olbuild.testing.registry import Registry
from tests.integration.registry.faulty import Answer, Faulty, Seen
from tests.integration.registry.samples import artifact, target

INDEX = {"Content-Type": str(MediaType.OCI_INDEX)}


def referrer(subject: Descriptor, kind: str, note: str = "") -> tuple[Descriptor, bytes]:
    """Make a manifest that points to another."""
    data = canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": str(MediaType.OCI_MANIFEST),
            "artifactType": kind,
            "config": EMPTY.to_json(),
            "layers": [],
            "subject": subject.to_json(),
            "annotations": {"note": note},
        }
    )
    return Descriptor.of(MediaType.OCI_MANIFEST, data), data


def attach(there: RegistryTarget, subject: Descriptor, kind: str, note: str = "") -> Descriptor:
    descriptor, data = referrer(subject, kind, note)
    there.push(EMPTY, BytesContent(b"{}"))
    there.push(descriptor, BytesContent(data))
    return descriptor


def index(*entries: Mapping[str, Json]) -> bytes:
    return json.dumps({"schemaVersion": 2, "mediaType": MediaType.OCI_INDEX, "manifests": list(entries)}).encode()


def entry(text: str, kind: str) -> dict[str, Json]:
    return {**Descriptor.of(MediaType.OCI_MANIFEST, text.encode()).to_json(), "artifactType": kind}


SUBJECT = Descriptor.of(MediaType.OCI_MANIFEST, b"subject")


@pytest.mark.parametrize("filters", [{"OCI-Filters-Applied": "artifactType"}, {}], ids=["applied", "ignored"])
def test_one_type_is_asked_for_and_looked_for(server: Faulty, filters: dict[str, str]) -> None:
    entries = [entry("a", "x/sig"), *([] if filters else [entry("b", "x/sbom")])]
    server.respond = lambda _seen: Answer(headers={**INDEX, **filters}, body=index(*entries))
    found = target(server.host).referrers(SUBJECT, "x/sig")
    assert [(one.digest, one.artifact_type) for one in found] == [(Digest.of(b"a"), "x/sig")]
    assert server.seen[0].target == f"/v2/me/model/referrers/{SUBJECT.digest}?artifactType=x%2Fsig"


def test_the_list_has_pages(server: Faulty) -> None:
    def respond(seen: Seen) -> Answer:
        if "page=2" in seen.target:
            return Answer(headers=INDEX, body=index(entry("b", "x"), entry("a", "x")))
        return Answer(headers={**INDEX, "Link": '<?page=2>; rel="next"'}, body=index(entry("a", "x")))

    server.respond = respond
    assert [one.digest for one in target(server.host).referrers(SUBJECT)] == [Digest.of(b"a"), Digest.of(b"b")]


@pytest.mark.parametrize("answer", [Answer(status=404), Answer(status=405), Answer(body=b"{}")])
def test_without_the_api_the_tag_is_read(server: Faulty, answer: Answer) -> None:
    body = index(entry("a", "x/sig"), entry("b", "x/sbom"))
    server.respond = lambda seen: answer if "/referrers/" in seen.target else Answer(headers=INDEX, body=body)
    found = target(server.host).referrers(SUBJECT, "x/sbom")
    assert [one.digest for one in found] == [Digest.of(b"b")]
    assert server.seen[-1].target == f"/v2/me/model/manifests/sha256-{SUBJECT.digest.hex}"


def test_nobody_points_to_it(server: Faulty) -> None:
    assert target(server.host).referrers(SUBJECT) == ()


def test_a_tag_that_is_something_else_is_an_error(server: Faulty) -> None:
    source, root = artifact(b"x")
    body = source.fetch(root).read_at(0, root.size)
    kind = {"Content-Type": root.media_type}
    server.respond = lambda seen: (
        Answer(status=404) if "/referrers/" in seen.target else Answer(headers=kind, body=body)
    )
    with pytest.raises(FormatError, match="not an index of referrers"):
        target(server.host).referrers(SUBJECT)


def test_a_list_without_an_end(server: Faulty) -> None:
    def respond(seen: Seen) -> Answer:
        number = int(seen.target.partition("page=")[2] or "0")
        entries = [entry(f"{number}-{each}", "x") for each in range(5000)]
        return Answer(headers={**INDEX, "Link": f'<?page={number + 1}>; rel="next"'}, body=index(*entries))

    server.respond = respond
    with pytest.raises(RegistryError, match="more than 20000 referrers"):
        target(server.host).referrers(SUBJECT)


def test_a_registry_that_notes_the_subject_needs_no_tag(server: Faulty) -> None:
    descriptor, data = referrer(SUBJECT, "x/sig")

    def respond(seen: Seen) -> Answer:
        if seen.method == "PUT":
            return Answer(status=201, headers={"OCI-Subject": str(SUBJECT.digest)})
        return Answer(status=200 if server.asked("PUT") else 404, length=len(data) if server.asked("PUT") else 0)

    server.respond = respond
    target(server.host).push(descriptor, BytesContent(data))
    assert len(server.asked("PUT")) == 1


@pytest.mark.integration
def test_referrers_are_written_under_the_tag_and_removed(registry: Registry) -> None:
    source, root = artifact(b"what is pointed to")
    there = target(registry.host, "me/referred")
    copy(source, there, root, name="v1")
    signature = attach(there, root, "x/sig", "first")
    bill = attach(there, root, "x/sbom")
    attach(there, root, "x/sig", "first")
    found = target(registry.host, "me/referred").referrers(root)
    assert [(one.digest, one.artifact_type) for one in found] == [(signature.digest, "x/sig"), (bill.digest, "x/sbom")]
    assert found[0].annotations == {"note": "first"}
    assert there.referrers(root, "x/none") == ()
    there.delete(str(signature.digest))
    assert [one.digest for one in there.referrers(root)] == [bill.digest]
    with pytest.raises(NotFoundError):
        there.resolve(str(signature.digest))


@pytest.mark.integration
def test_a_subject_may_come_later(registry: Registry) -> None:
    source, root = artifact(b"comes later")
    there = target(registry.host, "me/later")
    signature = attach(there, root, "x/sig")
    copy(source, there, root)
    assert [one.digest for one in there.referrers(root)] == [signature.digest]


@pytest.mark.integration
def test_writers_at_one_moment_lose_nothing(registry: Registry) -> None:
    source, root = artifact(b"many point to it")
    copy(source, target(registry.host, "me/many"), root)

    def one(number: int) -> Descriptor:
        return attach(target(registry.host, "me/many"), root, "x/sig", str(number))

    with ThreadPoolExecutor(2) as pool:
        made = {descriptor.digest for descriptor in pool.map(one, range(4))}
    assert {one.digest for one in target(registry.host, "me/many").referrers(root)} == made

"""Getting manifests and blobs, and lists of what is there."""

import json
import os

import pytest

from olbuild.core.content import Descriptor, canonical_json
from olbuild.core.names import Digest, MediaType
from olbuild.storage.store import Store
from tests.integration.hub.client import ask, manifest, push, push_blob, put_manifest
from tests.unit.storage.artifacts import put, referrer

pytestmark = pytest.mark.integration

DATA = os.urandom(300_000)


def test_what_the_store_has_is_served_without_a_push(host: str, store: Store) -> None:
    for name, path in [
        ("me/assistant:latest", "me/assistant"),
        ("tiny:v1", "tiny"),
        ("ghcr.io/me/x:v1", "ghcr.io/me/x"),
    ]:
        root = put(store, name, name).root
        answer = ask(host, "GET", f"/v2/{path}/manifests/{name.rpartition(':')[2]}")
        assert answer.status == 200
        assert Digest.of(answer.body) == root.digest
        assert answer.headers["docker-content-digest"] == str(root.digest)
        assert answer.headers["content-type"] == root.media_type
        assert ask(host, "GET", f"/v2/{path}/manifests/{root.digest}").body == answer.body


def test_names_that_a_registry_cannot_express_stay_in_the_store(host: str, store: Store) -> None:
    put(store, "a", "localhost:5000/me/x:v1")
    put(store, "b", "Me/Upper:v1")
    assert json.loads(ask(host, "GET", "/v2/_catalog").body) == {"repositories": []}
    assert ask(host, "GET", "/v2/Me/Upper/manifests/v1").code == "NAME_INVALID"


def test_ollamas_library_is_the_name_without_it(host: str, store: Store) -> None:
    root = put(store, "a", "tiny:latest").root
    assert ask(host, "GET", "/v2/library/tiny/manifests/latest").headers["docker-content-digest"] == str(root.digest)


def test_a_manifest_of_another_repository_is_not_there(host: str) -> None:
    root = push(host, "me/one", "v1", b"layer")
    push(host, "me/two", "v1", b"other")
    assert ask(host, "GET", f"/v2/me/one/manifests/{root.digest}").status == 200
    assert ask(host, "GET", f"/v2/me/two/manifests/{root.digest}").code == "MANIFEST_UNKNOWN"


@pytest.mark.parametrize(
    ("wanted", "span"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=5-9", (5, 10)),
        ("bytes=299990-", (299_990, 300_000)),
        ("bytes=-10", (299_990, 300_000)),
        ("bytes=-900000", (0, 300_000)),
        ("bytes=299999-999999999", (299_999, 300_000)),
        ("BYTES = 1 - 2", (1, 3)),
    ],
)
def test_a_range(host: str, wanted: str, span: tuple[int, int]) -> None:
    digest = push_blob(host, "me/model", DATA).digest
    answer = ask(host, "GET", f"/v2/me/model/blobs/{digest}", headers={"Range": wanted})
    assert (answer.status, answer.body) == (206, DATA[slice(*span)])
    assert answer.headers["content-range"] == f"bytes {span[0]}-{span[1] - 1}/{len(DATA)}"
    assert answer.headers["content-length"] == str(span[1] - span[0])


@pytest.mark.parametrize("wanted", ["bytes=300000-", "bytes=900000-900001", "bytes=-0", "bytes=9-1", "bytes=9-8"])
def test_a_range_behind_the_end(host: str, wanted: str) -> None:
    digest = push_blob(host, "me/model", DATA).digest
    answer = ask(host, "GET", f"/v2/me/model/blobs/{digest}", headers={"Range": wanted})
    assert (answer.status, answer.headers["content-range"]) == (416, "bytes */300000")


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "bytes=-", "lines=1-2", "bytes=a-b", "bytes=1"])
def test_what_is_no_single_range_gets_the_whole_blob(host: str, wanted: str) -> None:
    digest = push_blob(host, "me/model", DATA).digest
    answer = ask(host, "GET", f"/v2/me/model/blobs/{digest}", headers={"Range": wanted})
    assert (answer.status, answer.body) == (200, DATA)


def test_a_range_of_something_else_gets_the_whole_blob(host: str) -> None:
    digest = push_blob(host, "me/model", DATA).digest
    for etag, status in [(f'"{digest}"', 206), ('"other"', 200)]:
        headers = {"Range": "bytes=0-1", "If-Range": etag}
        assert ask(host, "GET", f"/v2/me/model/blobs/{digest}", headers=headers).status == status


def test_a_blob_says_where_it_is_as_ollama_wants_it(host: str) -> None:
    digest = push_blob(host, "me/model", DATA).digest
    answer = ask(host, "GET", f"/v2/me/model/blobs/{digest}")
    assert answer.headers["location"] == f"/v2/me/model/blobs/{digest}"
    head = ask(host, "HEAD", f"/v2/me/model/blobs/{digest}")
    assert (head.status, head.headers["content-length"], head.body) == (200, "300000", b"")


def test_lists_come_in_pages(host: str, store: Store) -> None:
    for tag in ("b", "a", "C", "d"):
        put(store, tag, f"me/model:{tag}")
    put(store, "other", "me/other:x")
    everything = json.loads(ask(host, "GET", "/v2/me/model/tags/list").body)
    assert everything == {"name": "me/model", "tags": ["C", "a", "b", "d"]}
    path, seen = "/v2/me/model/tags/list?n=3", []
    while path:
        answer = ask(host, "GET", path)
        seen += json.loads(answer.body)["tags"]
        link = answer.headers.get("link", "")
        assert not link or link.endswith('>; rel="next"')
        path = link[1:].partition(">")[0]
    assert seen == ["C", "a", "b", "d"]
    first = ask(host, "GET", "/v2/_catalog?n=1")
    assert json.loads(first.body) == {"repositories": ["me/model"]}
    assert first.headers["link"] == '</v2/_catalog?last=me%2Fmodel&n=1>; rel="next"'
    assert json.loads(ask(host, "GET", "/v2/me/model/tags/list?n=0").body)["tags"] == []
    assert ask(host, "GET", "/v2/me/model/tags/list?n=-1").status == 400
    assert ask(host, "GET", "/v2/me/nobody/tags/list").code == "NAME_UNKNOWN"


def test_referrers_are_listed_and_filtered(host: str) -> None:
    root, config = push(host, "me/model", "v1", b"layer"), push_blob(host, "me/model", b"{}")
    for kind in ("text/one", "text/two"):
        data = manifest(config=config, subject=root, kind=kind)
        answer = put_manifest(host, "me/model", Digest.of(data), data)
        assert (answer.status, answer.headers["oci-subject"]) == (201, str(root.digest))
    answer = ask(host, "GET", f"/v2/me/model/referrers/{root.digest}")
    assert {entry["artifactType"] for entry in json.loads(answer.body)["manifests"]} == {"text/one", "text/two"}
    assert answer.headers["content-type"] == MediaType.OCI_INDEX
    one = ask(host, "GET", f"/v2/me/model/referrers/{root.digest}?artifactType=text/one")
    assert [entry["artifactType"] for entry in json.loads(one.body)["manifests"]] == ["text/one"]
    assert one.headers["oci-filters-applied"] == "artifactType"
    nothing = ask(host, "GET", f"/v2/me/nobody/referrers/{root.digest}")
    assert (nothing.status, json.loads(nothing.body)["manifests"]) == (200, [])


def test_referrers_of_the_store_are_served(host: str, store: Store) -> None:
    root = put(store, "a", "me/model:v1").root
    about = referrer(root)
    for each in about:
        store.push(each.descriptor, each.content)
    listed = json.loads(ask(host, "GET", f"/v2/me/model/referrers/{root.digest}").body)["manifests"]
    assert [entry["digest"] for entry in listed] == [str(about.root.digest)]
    assert ask(host, "GET", f"/v2/me/model/manifests/{about.root.digest}").status == 200


def test_a_damaged_manifest_is_not_served(host: str, store: Store) -> None:
    root = put(store, "a", "me/model:v1").root
    path = store.layout.blobs.path(root.digest)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"layers", b"LAYERS"))
    answer = ask(host, "GET", "/v2/me/model/manifests/v1")
    assert answer.status == 500
    assert str(store.home.path).encode() not in answer.body


def test_an_index_leads_to_its_manifests(host: str) -> None:
    one, two = push(host, "me/model", "v1", b"one"), push(host, "me/model", "v2", b"two")
    data = canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": MediaType.OCI_INDEX.value,
            "manifests": [one.to_json(), two.to_json()],
        }
    )
    assert put_manifest(host, "me/all", "v1", data, MediaType.OCI_INDEX).status == 201
    assert ask(host, "GET", f"/v2/me/all/manifests/{two.digest}").status == 200
    assert Descriptor.of(MediaType.OCI_INDEX, data).digest == Digest.of(
        ask(host, "GET", "/v2/me/all/manifests/v1").body
    )

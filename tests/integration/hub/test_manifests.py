"""Pushing and deleting manifests: what is refused, what has a name, and what is kept."""

import json

import pytest

from olbuild.core.content import Descriptor, canonical_json
from olbuild.core.names import Digest, MediaType
from olbuild.storage.store import Store
from tests.integration.hub.client import ask, manifest, push, push_blob, put_manifest
from tests.unit.storage.artifacts import put

pytestmark = pytest.mark.integration


def test_a_manifest_needs_everything_that_it_names(host: str, store: Store) -> None:
    config, missing = push_blob(host, "me/model", b"{}"), Descriptor.of(MediaType.MODEL_WEIGHT, b"missing")
    answer = put_manifest(host, "me/model", "v1", manifest(missing, config=config))
    assert (answer.status, answer.code) == (404, "MANIFEST_BLOB_UNKNOWN")
    wrong = Descriptor(media_type=config.media_type, digest=config.digest, size=7)
    assert put_manifest(host, "me/model", "v1", manifest(config=wrong)).code == "MANIFEST_BLOB_UNKNOWN"
    assert store.names() == {}


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"", MediaType.OCI_MANIFEST),
        (b"[]", MediaType.OCI_MANIFEST),
        (b'{"schemaVersion":2}', MediaType.OCI_MANIFEST),
        (b"{" * 5000, MediaType.OCI_MANIFEST),
        (b'{"mediaType":"text/plain","config":{},"layers":[]}', "text/plain"),
        (canonical_json({"mediaType": MediaType.OCI_INDEX.value, "manifests": []}), MediaType.OCI_MANIFEST),
        (canonical_json({"mediaType": MediaType.OCI_INDEX.value, "manifests": [{}]}), MediaType.OCI_INDEX),
        (canonical_json({"manifests": [], "subject": {}}), MediaType.OCI_INDEX),
    ],
)
def test_what_is_no_manifest_is_refused(host: str, data: bytes, media_type: str) -> None:
    answer = put_manifest(host, "me/model", "v1", data, media_type)
    assert (answer.status, answer.code) == (400, "MANIFEST_INVALID")


def test_a_manifest_that_is_too_large_is_refused(host: str) -> None:
    data = canonical_json(
        {"mediaType": MediaType.OCI_INDEX.value, "manifests": [], "annotations": {"a": "x" * (4 << 20)}}
    )
    assert put_manifest(host, "me/model", "v1", data, MediaType.OCI_INDEX).status == 413


def test_a_manifest_must_have_the_digest_that_it_is_put_under(host: str) -> None:
    data = manifest(config=push_blob(host, "me/model", b"{}"))
    assert put_manifest(host, "me/model", Digest.of(b"other"), data).code == "DIGEST_INVALID"


@pytest.mark.parametrize("repository", ["ghcr.io/me/model", "localhost/me/model"])
def test_names_of_other_registries_cannot_be_changed(host: str, store: Store, repository: str) -> None:
    put(store, "a", f"{repository}:v1")
    data = manifest(config=push_blob(host, "me/model", b"{}"))
    for method, path, body in [
        ("PUT", "manifests/v1", data),
        ("DELETE", "manifests/v1", None),
        ("POST", "blobs/uploads/", None),
    ]:
        answer = ask(host, method, f"/v2/{repository}/{path}", body, {"Content-Type": MediaType.OCI_MANIFEST})
        assert (answer.status, answer.code) == (403, "DENIED")
    assert ask(host, "GET", f"/v2/{repository}/manifests/v1").status == 200


def test_what_has_a_digest_only_is_kept(host: str, store: Store) -> None:
    config = push_blob(host, "me/model", b"{}")
    data = manifest(config=config)
    assert put_manifest(host, "me/model", Digest.of(data), data).status == 201
    assert list(store.names()) == [f"me/model@{Digest.of(data)}"]
    assert store.prune().blobs == 0
    assert ask(host, "GET", f"/v2/me/model/manifests/{Digest.of(data)}").body == data
    assert json.loads(ask(host, "GET", "/v2/me/model/tags/list").body)["tags"] == []
    assert put_manifest(host, "me/model", "v1", data).status == 201
    assert list(store.names()) == ["me/model:v1"]


def test_referrers_are_kept_with_their_subject(host: str, store: Store) -> None:
    root, config = push(host, "me/model", "v1", b"layer"), push_blob(host, "me/model", b"{}")
    data = manifest(config=config, subject=root, kind="text/one")
    put_manifest(host, "me/model", Digest.of(data), data)
    assert list(store.names()) == ["me/model:v1"]
    assert store.prune().blobs == 0
    assert ask(host, "DELETE", f"/v2/me/model/manifests/{Digest.of(data)}").status == 202
    assert ask(host, "GET", f"/v2/me/model/manifests/{Digest.of(data)}").status == 404
    assert ask(host, "GET", "/v2/me/model/manifests/v1").status == 200


def test_a_referrer_may_come_before_its_subject(host: str, store: Store) -> None:
    config = push_blob(host, "me/model", b"{}")
    subject = manifest(config=config)
    data = manifest(config=config, subject=Descriptor.of(MediaType.OCI_MANIFEST, subject), kind="text/one")
    assert put_manifest(host, "me/model", Digest.of(data), data).status == 201
    assert store.prune().blobs == 0
    listed = json.loads(ask(host, "GET", f"/v2/me/model/referrers/{Digest.of(subject)}").body)["manifests"]
    assert [entry["digest"] for entry in listed] == [str(Digest.of(data))]


def test_a_tag_is_deleted_and_others_stay(host: str, store: Store) -> None:
    root = push(host, "me/model", "v1", b"layer")
    push(host, "me/model", "v2", b"layer")
    push(host, "me/other", "v1", b"layer")
    assert ask(host, "DELETE", "/v2/me/model/manifests/v1").status == 202
    assert ask(host, "DELETE", "/v2/me/model/manifests/v1").code == "MANIFEST_UNKNOWN"
    assert list(store.names()) == ["me/model:v2", "me/other:v1"]
    assert ask(host, "DELETE", f"/v2/me/model/manifests/{root.digest}").status == 202
    assert list(store.names()) == ["me/other:v1"]
    assert store.prune().blobs == 0
    assert ask(host, "DELETE", f"/v2/me/model/manifests/{root.digest}").status == 404


def test_a_manifest_that_an_index_needs_is_not_deleted(host: str) -> None:
    config = push_blob(host, "me/model", b"{}")
    data = manifest(config=config)
    put_manifest(host, "me/model", Digest.of(data), data)
    entry = Descriptor.of(MediaType.OCI_MANIFEST, data).to_json()
    index = canonical_json({"schemaVersion": 2, "mediaType": MediaType.OCI_INDEX.value, "manifests": [entry]})
    assert put_manifest(host, "me/model", "all", index, MediaType.OCI_INDEX).status == 201
    answer = ask(host, "DELETE", f"/v2/me/model/manifests/{Digest.of(data)}")
    assert (answer.status, answer.code) == (405, "UNSUPPORTED")


def test_a_blob_that_a_manifest_needs_is_not_deleted(host: str) -> None:
    push(host, "me/model", "v1", b"layer")
    path = f"/v2/me/model/blobs/{Digest.of(b'layer')}"
    assert ask(host, "DELETE", path).code == "UNSUPPORTED"
    assert ask(host, "GET", path).body == b"layer"
    free = push_blob(host, "me/model", b"free").digest
    assert ask(host, "DELETE", f"/v2/me/model/blobs/{free}").status == 202
    assert ask(host, "DELETE", f"/v2/me/model/blobs/{free}").code == "BLOB_UNKNOWN"

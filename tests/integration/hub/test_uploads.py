"""Uploads: whole, in chunks, taken up again, and everything that can go wrong on the way."""

import hashlib
import os
import socket
import time
from pathlib import Path

import pytest

from olbuild.core.names import Digest
from olbuild.storage.store import Store
from olbuild.testing.hub import hub
from tests.integration.hub.client import ask, manifest, push_blob, put_manifest

pytestmark = pytest.mark.integration

DATA = os.urandom(9 * (1 << 20) + 13)
DIGEST = Digest.of(DATA)


def begin(host: str) -> str:
    answer = ask(host, "POST", "/v2/me/model/blobs/uploads/")
    assert answer.status == 202
    return answer.headers["location"]


def patch(host: str, location: str, data: bytes, start: int) -> int:
    headers = {"Content-Range": f"{start}-{start + len(data) - 1}"}
    return ask(host, "PATCH", location, data, headers).status


def blob(host: str) -> bytes:
    return ask(host, "GET", f"/v2/me/model/blobs/{DIGEST}").body


def test_ollama_is_told_a_whole_address(host: str) -> None:
    """Its client takes no relative one, and puts its own scheme before it (ollama, ``server/upload.go``)."""
    answer = ask(host, "POST", "/v2/me/model/blobs/uploads/")
    assert answer.headers["docker-upload-location"] == f"https://{host}{answer.headers['location']}"


@pytest.mark.parametrize("size", [0, 1, 5000, len(DATA)])
def test_a_blob_in_one_request(host: str, size: int) -> None:
    data = DATA[:size]
    descriptor = push_blob(host, "me/model", data)
    answer = ask(host, "GET", f"/v2/me/model/blobs/{descriptor.digest}")
    assert (answer.status, answer.body) == (200, data)


def test_a_blob_in_two_requests(host: str) -> None:
    answer = ask(host, "PUT", f"{begin(host)}?digest={DIGEST}", DATA)
    assert (answer.status, answer.headers["docker-content-digest"]) == (201, str(DIGEST))
    assert blob(host) == DATA


def test_a_blob_in_chunks(host: str) -> None:
    location = begin(host)
    for start in range(0, len(DATA), 4 << 20):
        assert patch(host, location, DATA[start : start + (4 << 20)], start) == 202
    assert ask(host, "GET", location).headers["range"] == f"0-{len(DATA) - 1}"
    assert ask(host, "PUT", f"{location}?digest={DIGEST}").status == 201
    assert blob(host) == DATA


def test_a_chunk_that_does_not_follow_is_refused(host: str) -> None:
    location = begin(host)
    assert patch(host, location, DATA[:1000], 0) == 202
    for start in (0, 999, 1001, 4000):
        refused = ask(host, "PATCH", location, DATA[:10], {"Content-Range": f"{start}-{start + 9}"})
        assert (refused.status, refused.headers["range"]) == (416, "0-999")
    assert patch(host, location, DATA[1000:], 1000) == 202
    assert ask(host, "PUT", f"{location}?digest={DIGEST}").status == 201


@pytest.mark.parametrize("stated", ["0-5", "9-0", "x", "0-9/10000000000000000000000000"])
def test_a_range_that_is_not_the_chunks_is_refused(host: str, stated: str) -> None:
    assert ask(host, "PATCH", begin(host), DATA[:10], {"Content-Range": stated}).status == 400


def test_a_stream_without_a_length(host: str) -> None:
    pieces = iter([DATA[:5], DATA[5 : 5 << 20], DATA[5 << 20 :]])
    location = begin(host)
    answer = ask(host, "PATCH", location, pieces, {"Transfer-Encoding": "chunked"})
    assert answer.status == 202
    assert ask(host, "PUT", f"{location}?digest={DIGEST}").status == 201
    assert blob(host) == DATA


def test_bytes_that_do_not_match_are_dropped(host: str, store: Store) -> None:
    location = begin(host)
    answer = ask(host, "PUT", f"{location}?digest={DIGEST}", DATA[:-1])
    assert (answer.status, answer.code) == (400, "DIGEST_INVALID")
    assert ask(host, "GET", location).status == 404
    assert ask(host, "HEAD", f"/v2/me/model/blobs/{DIGEST}").status == 404
    assert list(store.layout.blobs) == []
    assert list(store.home.uploads.iterdir()) == []


@pytest.mark.parametrize("digest", ["", "sha256:", "sha256:" + "A" * 64, "sha512:" + "a" * 128, "../../etc/passwd"])
def test_a_digest_that_is_none_is_refused(host: str, digest: str) -> None:
    assert ask(host, "PUT", f"{begin(host)}?digest={digest}", b"x").code == "DIGEST_INVALID"


def test_an_upload_goes_on_where_a_connection_broke(host: str) -> None:
    location = begin(host)
    name, port = host.split(":")
    with socket.create_connection((name, int(port))) as client:
        client.sendall(f"PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(DATA)}\r\n\r\n".encode())
        client.sendall(DATA[: 8 << 20])
    received = int(ask(host, "GET", location).headers["range"][2:]) + 1
    assert received in {4 << 20, 8 << 20}
    assert ask(host, "PUT", f"{location}?digest={DIGEST}", DATA[received:]).status == 201
    assert blob(host) == DATA


def test_a_request_takes_an_upload_over_from_one_that_hangs(host: str, store: Store) -> None:
    location = begin(host)
    name, port = host.split(":")
    with socket.create_connection((name, int(port))) as client:
        client.sendall(f"PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(DATA)}\r\n\r\n".encode())
        client.sendall(DATA[: 8 << 20])
        end = time.monotonic() + 10
        while (store.home.uploads / location.rpartition("/")[2]).stat().st_size < 8 << 20:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert patch(host, location, DATA[8 << 20 :], 8 << 20) == 202
        assert ask(host, "PUT", f"{location}?digest={DIGEST}").status == 201
        assert client.recv(1) == b""
    assert blob(host) == DATA


def test_an_upload_outlives_the_server(home: Path) -> None:
    with hub(home) as host:
        location = begin(host)
        assert patch(host, location, DATA[:5000], 0) == 202
    with hub(home) as host:
        assert ask(host, "GET", location).headers["range"] == "0-4999"
        assert patch(host, location, DATA[5000:], 5000) == 202
        assert ask(host, "PUT", f"{location}?digest={DIGEST}").status == 201
        assert blob(host) == DATA


def test_a_cancelled_upload_is_gone(host: str, store: Store) -> None:
    location = begin(host)
    assert ask(host, "DELETE", location).status == 204
    for method in ("GET", "PATCH", "DELETE"):
        assert ask(host, method, location, b"x" if method == "PATCH" else None).code == "BLOB_UPLOAD_UNKNOWN"
    assert list(store.home.uploads.iterdir()) == []


@pytest.mark.parametrize("word", ["x", "..", "%2e%2e%2fformat.json", "0" * 31, "0" * 32, "0" * 33])
def test_a_word_that_is_no_upload(host: str, word: str) -> None:
    assert ask(host, "PUT", f"/v2/me/model/blobs/uploads/{word}?digest={DIGEST}", b"x").status in {400, 404}


def test_a_stored_blob_is_mounted_from_wherever_it_is(host: str) -> None:
    push_blob(host, "me/model", DATA)
    for query in (f"mount={DIGEST}&from=me/model", f"mount={DIGEST}&from=me/never", f"mount={DIGEST}"):
        answer = ask(host, "POST", f"/v2/me/other/blobs/uploads/?{query}")
        assert (answer.status, answer.headers["location"]) == (201, f"/v2/me/other/blobs/{DIGEST}")
    unknown = "sha256:" + hashlib.sha256(b"unknown").hexdigest()
    assert ask(host, "POST", f"/v2/me/other/blobs/uploads/?mount={unknown}&from=me/model").status == 202


def test_what_was_uploaded_is_kept_until_a_manifest_names_it(host: str, store: Store) -> None:
    config, layer = push_blob(host, "me/model", b"{}"), push_blob(host, "me/model", DATA)
    assert store.prune().blobs == 0
    assert put_manifest(host, "me/model", "v1", manifest(layer, config=config)).status == 201
    assert ask(host, "DELETE", "/v2/me/model/manifests/v1").status == 202
    assert store.prune().blobs == 3

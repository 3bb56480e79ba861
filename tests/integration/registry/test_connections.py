"""Proxies and threads."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from olbuild.core.content import BytesContent, Descriptor
from olbuild.core.names import MediaType, Reference
from olbuild.storage.registry import open_registry
from olbuild.testing.registry import Registry
from olbuild.testing.tokens import TokenServer
from tests.integration.registry.faulty import Answer, Faulty, Seen
from tests.integration.registry.samples import IMPATIENT, read, remember, target


def test_a_proxy_is_given_whole_addresses_and_nothing_of_ours(server: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://{server.host}")
    data = b"through a proxy"

    def respond(seen: Seen) -> Answer:
        if seen.method == "HEAD":
            return Answer(status=404)
        if seen.method == "POST":
            return Answer(status=202, headers={"Location": "/upload?x=1"})
        return Answer(status=201) if seen.method == "PUT" else Answer(body=data)

    server.respond = respond
    reference = Reference(host="far.example", repository="me/x")
    there = open_registry(reference, plain_http=["far.example"], patience=IMPATIENT)
    blob = Descriptor.of(MediaType.MODEL_WEIGHT, data)
    there.push(blob, BytesContent(data))
    assert read(there, blob) == data
    assert [seen.target.partition("?")[0] for seen in server.seen] == [
        f"http://far.example/v2/me/x/blobs/{blob.digest}",
        "http://far.example/v2/me/x/blobs/uploads/",
        "http://far.example/upload",
        f"http://far.example/v2/me/x/blobs/{blob.digest}",
    ]
    names = {name.lower() for seen in server.seen for name in seen.headers}
    assert not [name for name in names if "olbuild" in name]


@pytest.mark.integration
def test_threads_share_a_target_and_its_token(token_server: TokenServer, token_registry: Registry) -> None:
    remember(token_registry.host, "ada", "secret")
    blobs = [os.urandom(700_000) for _ in range(12)]
    there = target(token_registry.host)

    def round_trip(data: bytes) -> bool:
        descriptor = Descriptor.of(MediaType.MODEL_WEIGHT, data)
        there.push(descriptor, BytesContent(data))
        return read(there, descriptor) == data

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(round_trip, blobs))
    assert len(token_server.asked) == 1

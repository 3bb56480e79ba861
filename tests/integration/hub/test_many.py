"""Many clients at once, while what nobody needs is collected."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from olbuild.core.content import Descriptor
from olbuild.core.names import Digest, MediaType
from olbuild.storage.store import Store
from tests.integration.hub.client import ask, manifest, push_blob, put_manifest

pytestmark = pytest.mark.integration

SHARED = os.urandom(200_000)


def client(host: str, number: int) -> str:
    """Push, read back, sign and delete; return the tag that is left."""
    repository = f"me/model{number % 3}"
    for turn in range(4):
        own = os.urandom(1 + (number + turn) * 800_000)
        layers = [push_blob(host, repository, data) for data in (SHARED, own)]
        data = manifest(*layers, config=push_blob(host, repository, b"{}"))
        tag = f"t{number}-{turn}"
        assert put_manifest(host, repository, tag, data).status == 201
        subject = Descriptor.of(MediaType.OCI_MANIFEST, data)
        note = manifest(config=push_blob(host, repository, b"{}"), subject=subject, kind=f"text/{number}")
        assert put_manifest(host, repository, Digest.of(note), note).status == 201
        assert ask(host, "GET", f"/v2/{repository}/blobs/{layers[1].digest}").body == own
        listed = json.loads(ask(host, "GET", f"/v2/{repository}/referrers/{subject.digest}").body)["manifests"]
        assert [entry["artifactType"] for entry in listed] == [f"text/{number}"]
        if turn < 3:
            assert ask(host, "DELETE", f"/v2/{repository}/manifests/{tag}").status == 202
    return f"{repository}:{tag}"


def test_many_clients_and_a_collector(host: str, store: Store) -> None:
    done = Event()

    def collect() -> None:
        while not done.is_set():
            Store.open(store.home.path).prune()
            time.sleep(0.05)  # else nobody else would get the lock

    with ThreadPoolExecutor(7) as pool:
        collecting = pool.submit(collect)
        left = [each.result() for each in [pool.submit(client, host, number) for number in range(6)]]
        done.set()
        collecting.result()
    assert sorted(store.names()) == sorted(left)
    store.prune()
    assert store.verify() == ()
    for name in left:
        assert store.complete(store.resolve(name))

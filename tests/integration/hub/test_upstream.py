"""A registry before another one: what it fetches, what it keeps, and what happens when the other one fails."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import pytest

from olbuild.core.content import Descriptor
from olbuild.core.errors import UsageError
from olbuild.core.names import Digest, MediaType
from olbuild.serving.hub.run import Options
from olbuild.storage.copy import copy
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.store import Store
from olbuild.testing.faults import Break, Fault, Flip, Proxy
from olbuild.testing.hub import hub
from tests.integration.hub import ollama
from tests.integration.hub.client import ask, manifest, push, push_blob, put_manifest
from tests.integration.registry.samples import artifact, target
from tests.unit.storage.artifacts import put

pytestmark = pytest.mark.integration

WEIGHTS = os.urandom(24 << 20)


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[str]:
    """Return the registry behind, which is one of olbuild's own."""
    with hub(tmp_path / "behind") as host:
        yield host


@pytest.fixture
def proxy(behind: str) -> Iterator[Proxy]:
    """Return the way there, which can be made to fail."""
    with Proxy(upstream=behind).running() as running:
        yield running


@pytest.fixture
def host(home: Path, proxy: Proxy) -> Iterator[str]:
    """Return the registry before it."""
    with hub(home, Options(upstream=proxy.host)) as address:
        yield address


def asked(proxy: Proxy, part: str) -> list[str]:
    """Return the requests that came by, of those with some text in their address."""
    return [each.method for each in proxy.exchanges if part in each.target and each.method == "GET"]


def test_what_is_fetched_once_is_kept(host: str, behind: str, proxy: Proxy, store: Store) -> None:
    root = push(behind, "me/model", "v1", WEIGHTS, b"small")
    for _ in range(2):
        there, back = target(host, "me/model"), MemoryTarget()
        assert there.resolve("v1") == root
        copy(there, back, root)
        assert back.exists(Descriptor.of(MediaType.MODEL_WEIGHT, WEIGHTS))
    assert len(asked(proxy, str(Digest.of(WEIGHTS)))) == 1
    assert store.names()[f"{proxy.host}/me/model:v1"].digest == root.digest
    assert store.verify() == ()
    assert store.prune().blobs == 0


def test_a_tag_moves_when_it_moves_there(host: str, behind: str) -> None:
    for layer in (b"one", b"two"):
        root = push(behind, "me/model", "v1", layer)
        assert ask(host, "GET", "/v2/me/model/manifests/v1").headers["docker-content-digest"] == str(root.digest)


def test_what_is_stored_answers_when_the_other_one_is_gone(home: Path, behind: str) -> None:
    root = push(behind, "me/model", "v1", WEIGHTS)
    push(behind, "me/other", "v1", b"other")
    with Proxy(upstream=behind).running() as proxy, hub(home, Options(upstream=proxy.host)) as host:
        copy(target(host, "me/model"), MemoryTarget(), root)
        ask(host, "GET", "/v2/me/model/manifests/v1")
        options = Options(upstream=proxy.host)
    with hub(home, options) as host:  # the proxy is gone
        assert ask(host, "GET", "/v2/me/model/manifests/v1").headers["docker-content-digest"] == str(root.digest)
        assert ask(host, "GET", f"/v2/me/model/manifests/{root.digest}").status == 200
        assert ask(host, "GET", f"/v2/me/model/blobs/{Digest.of(WEIGHTS)}").body == WEIGHTS
        assert ask(host, "GET", "/v2/me/other/manifests/v1").status == 502
        assert json.loads(ask(host, "GET", "/v2/me/model/tags/list").body)["tags"] == ["v1"]


def test_clients_share_one_transfer(host: str, behind: str, proxy: Proxy) -> None:
    push(behind, "me/model", "v1", WEIGHTS)
    ask(host, "GET", "/v2/me/model/manifests/v1")
    proxy.rate = 24 << 20  # so that all come while it is going on
    path = f"/v2/me/model/blobs/{Digest.of(WEIGHTS)}"
    with ThreadPoolExecutor(6) as pool:
        whole = [pool.submit(ask, host, "GET", path) for _ in range(3)]
        parts = [pool.submit(ask, host, "GET", path, None, {"Range": f"bytes={at}-{at + 9}"}) for at in (0, 9 << 20)]
        assert all(each.result().body == WEIGHTS for each in whole)
        assert [each.result().body for each in parts] == [WEIGHTS[:10], WEIGHTS[9 << 20 : (9 << 20) + 10]]
    assert len(asked(proxy, str(Digest.of(WEIGHTS)))) == 1


def test_bytes_come_while_the_rest_is_on_its_way(host: str, behind: str, proxy: Proxy) -> None:
    push(behind, "me/model", "v1", WEIGHTS)
    ask(host, "GET", "/v2/me/model/manifests/v1")
    proxy.rate = 8 << 20
    path = f"/v2/me/model/blobs/{Digest.of(WEIGHTS)}"
    assert ask(host, "GET", path, headers={"Range": "bytes=0-9"}).body == WEIGHTS[:10]
    assert proxy.exchanges[-1].downloaded < len(WEIGHTS)


def test_a_client_that_goes_away_stops_nothing(host: str, behind: str, store: Store) -> None:
    push(behind, "me/model", "v1", WEIGHTS)
    ask(host, "GET", "/v2/me/model/manifests/v1")
    path = f"/v2/me/model/blobs/{Digest.of(WEIGHTS)}"
    ask(host, "GET", path, headers={"Range": "bytes=0-0"})
    assert ask(host, "GET", path).body == WEIGHTS
    assert store.layout.blobs.size(Digest.of(WEIGHTS)) == len(WEIGHTS)


def test_wrong_bytes_are_never_whole_and_never_kept(host: str, behind: str, proxy: Proxy, store: Store) -> None:
    push(behind, "me/model", "v1", WEIGHTS)
    ask(host, "GET", "/v2/me/model/manifests/v1")
    proxy.strike([Fault(what=Flip(at=5000), path="blobs/", times=None)])
    with pytest.raises(HTTPException):
        ask(host, "GET", f"/v2/me/model/blobs/{Digest.of(WEIGHTS)}")
    assert store.layout.blobs.size(Digest.of(WEIGHTS)) is None
    assert list(store.home.uploads.iterdir()) == []
    proxy.strike([])
    assert ask(host, "GET", f"/v2/me/model/blobs/{Digest.of(WEIGHTS)}").body == WEIGHTS


def test_a_transfer_that_breaks_is_taken_up_again(host: str, behind: str, proxy: Proxy) -> None:
    push(behind, "me/model", "v1", WEIGHTS)
    ask(host, "GET", "/v2/me/model/manifests/v1")
    proxy.strike([Fault(what=Break(at=9 << 20, ending="reset"), path="blobs/")])
    assert ask(host, "GET", f"/v2/me/model/blobs/{Digest.of(WEIGHTS)}").body == WEIGHTS


def test_what_nobody_has_is_not_there(host: str) -> None:
    assert ask(host, "GET", "/v2/me/model/manifests/v1").code == "MANIFEST_UNKNOWN"
    assert ask(host, "GET", f"/v2/me/model/manifests/{Digest.of(b'x')}").code == "MANIFEST_UNKNOWN"
    assert ask(host, "GET", f"/v2/me/model/blobs/{Digest.of(b'x')}").code == "BLOB_UNKNOWN"


def test_names_of_this_registry_come_first(host: str, behind: str, store: Store, proxy: Proxy) -> None:
    push(behind, "me/model", "v1", b"there")
    root = put(store, "here", "me/model:v1").root
    assert ask(host, "GET", "/v2/me/model/manifests/v1").headers["docker-content-digest"] == str(root.digest)
    assert proxy.exchanges == []


def test_ollama_pulls_through_it(host: str, behind: str, proxy: Proxy) -> None:
    source, root = artifact(WEIGHTS)
    copy(source, target(behind, "library/tiny"), root, name="latest")
    data = source._blobs[root.digest].replace(MediaType.OCI_MANIFEST.encode(), MediaType.DOCKER_MANIFEST.encode())
    kind = MediaType.DOCKER_MANIFEST.value
    assert ask(behind, "PUT", "/v2/library/tiny/manifests/latest", data, {"Content-Type": kind}).status == 201
    _, blobs = ollama.pull(host, "library/tiny", "latest")
    assert blobs[str(Digest.of(WEIGHTS))] == WEIGHTS
    assert len(asked(proxy, str(Digest.of(WEIGHTS)))) == 1


def test_tags_and_referrers_of_both_are_listed(host: str, behind: str, store: Store) -> None:
    root = push(behind, "me/model", "v1", b"there")
    note = manifest(config=push_blob(behind, "me/model", b"{}"), subject=root, kind="text/note")
    put_manifest(behind, "me/model", Digest.of(note), note)
    put(store, "here", "me/model:v2")
    assert json.loads(ask(host, "GET", "/v2/me/model/tags/list").body)["tags"] == ["v1", "v2"]
    (listed,) = json.loads(ask(host, "GET", f"/v2/me/model/referrers/{root.digest}").body)["manifests"]
    assert (listed["digest"], listed["artifactType"]) == (str(Digest.of(note)), "text/note")
    assert ask(host, "GET", f"/v2/me/model/manifests/{listed['digest']}").body == note


@pytest.mark.parametrize("upstream", ["", "no host", "ghcr.io/me", "http://ghcr.io"])
def test_what_is_no_registry(home: Path, upstream: str) -> None:
    with pytest.raises(UsageError), hub(home, Options(upstream=upstream)):
        pass

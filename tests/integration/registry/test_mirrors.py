"""Mirrors are asked first, and what they lack comes from home. Proxies and TLS by configuration."""

from collections.abc import Mapping

import pytest

from olbuild.core.content import Descriptor
from olbuild.core.errors import NotFoundError
from olbuild.core.events import Event, Said
from olbuild.core.names import Reference
from olbuild.core.registries import read_registries
from olbuild.storage.copy import copy
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.registry import RegistryTarget, open_registry
from tests.integration.registry.faulty import Answer, Faulty, Respond, Seen
from tests.integration.registry.samples import IMPATIENT, artifact

SOURCE, ROOT = artifact(b"a layer", b"another")
BLOBS = {str(digest): data for digest, data in SOURCE._blobs.items()}


def holding(blobs: Mapping[str, bytes], tags: Mapping[str, Descriptor]) -> Respond:
    """Answer as a registry that holds some content."""

    def respond(seen: Seen) -> Answer:
        name = seen.target.rpartition("/")[2]
        digest = str(tags[name].digest) if name in tags else name
        if digest not in blobs:
            return Answer(status=404)
        kind = {"Content-Type": ROOT.media_type if digest == str(ROOT.digest) else "application/octet-stream"}
        return Answer(headers=kind, body=blobs[digest])

    return respond


def mirrored(home: Faulty, mirror: str, told: list[Event]) -> RegistryTarget:
    registries = read_registries({home.host: {"mirrors": [mirror]}}, "")
    reference = Reference(host=home.host, repository="me/model")
    return open_registry(reference, patience=IMPATIENT, registries=registries, emit=told.append)


def pulled(there: RegistryTarget) -> bool:
    back = MemoryTarget()
    copy(there, back, there.resolve("v1"))
    return back._blobs == SOURCE._blobs


def test_everything_comes_from_the_mirror(server: Faulty, other: Faulty) -> None:
    other.respond = holding(BLOBS, {"v1": ROOT})
    assert pulled(mirrored(server, f"{other.host}/proxy", []))
    assert server.seen == []
    assert other.seen[0].target == "/v2/proxy/me/model/manifests/v1"


def test_what_it_lacks_comes_from_home(server: Faulty, other: Faulty) -> None:
    server.respond = holding(BLOBS, {"v1": ROOT})
    lacking = str(Descriptor.of("x", b"another").digest)
    other.respond = holding({digest: data for digest, data in BLOBS.items() if digest != lacking}, {"v1": ROOT})
    assert pulled(mirrored(server, other.host, []))
    assert [seen.target.rpartition("/")[2] for seen in server.seen] == [lacking]


@pytest.mark.parametrize("status", [404, 500, 401])
def test_one_that_fails_is_left_out_and_named(server: Faulty, other: Faulty, status: int) -> None:
    server.respond = holding(BLOBS, {"v1": ROOT})
    other.respond = lambda _seen: Answer(status=status)
    told: list[Event] = []
    assert pulled(mirrored(server, other.host, told))
    said = [each for each in told if isinstance(each, Said)]
    assert [other.host in each.text for each in said] == [True]
    assert said[0].level == ("info" if status == 404 else "warning")


def test_one_that_is_down(server: Faulty) -> None:
    server.respond = holding(BLOBS, {"v1": ROOT})
    assert pulled(mirrored(server, "127.0.0.1:9", []))


def test_what_nobody_has_is_missing_at_home(server: Faulty, other: Faulty) -> None:
    with pytest.raises(NotFoundError, match=server.host):
        mirrored(server, other.host, []).resolve("v1")
    assert other.seen


def test_nothing_is_pushed_to_a_mirror(server: Faulty, other: Faulty) -> None:
    registries = read_registries({server.host: {"mirrors": [other.host]}}, "")
    reference = Reference(host=server.host, repository="me/model")
    server.respond = holding(BLOBS, {"v1": ROOT})
    there = open_registry(reference, patience=IMPATIENT, registries=registries, writing=True)
    assert there.resolve("v1") == ROOT
    assert other.seen == []


def test_a_proxy_of_the_configuration(server: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    server.respond = holding(BLOBS, {"v1": ROOT})
    for host, settings in (("far.example", {"proxy": f"http://{server.host}"}), (server.host, {"proxy": "none"})):
        registries = read_registries({host: {"plain_http": True, **settings}}, "")
        reference = Reference(host=host, repository="me/model")
        assert open_registry(reference, patience=IMPATIENT, registries=registries).resolve("v1") == ROOT
    assert server.seen[0].target == "http://far.example/v2/me/model/manifests/v1"

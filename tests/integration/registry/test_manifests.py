"""Manifests that are not what they should be, and registries that are none."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from olbuild.core.content import BytesContent, Descriptor
from olbuild.core.errors import FormatError, IntegrityError, OlbuildError, RefusedError, RegistryError
from olbuild.core.events import Event, Said
from olbuild.core.names import MediaType, Reference
from olbuild.storage.registry import open_registry
from tests.integration.registry.faulty import Answer, Faulty, Seen
from tests.integration.registry.samples import IMPATIENT, artifact, target

KIND = {"Content-Type": str(MediaType.OCI_MANIFEST)}


def manifest() -> tuple[Descriptor, bytes]:
    memory, root = artifact(b"x")
    return root, memory.fetch(root).read_at(0, root.size)


def test_exact_bytes_are_kept_whatever_they_look_like(server: Faulty) -> None:
    root, data = manifest()
    data = data.replace(b",", b" ,\n")
    server.respond = lambda _seen: Answer(headers=KIND, body=data)
    there = target(server.host)
    found = there.resolve("v1")
    assert found == Descriptor.of(root.media_type, data)
    assert there.fetch(found).read_at(0, 1 << 20) == data
    assert "application/vnd.oci.image.index.v1+json" in server.seen[0].headers["Accept"]


@pytest.mark.parametrize("header", ["asked", "announced"])
def test_another_manifest_than_was_asked_for(server: Faulty, header: str) -> None:
    root, data = manifest()
    wrong = data.replace(b"[", b" [")
    headers = KIND if header == "asked" else {**KIND, "Docker-Content-Digest": str(root.digest)}
    server.respond = lambda _seen: Answer(headers=headers, body=wrong)
    with pytest.raises(IntegrityError, match=f"{server.host}/me/model: .*{root.digest}"):
        target(server.host).resolve(str(root.digest) if header == "asked" else "v1")


@pytest.mark.parametrize(
    ("headers", "body", "error", "said"),
    [
        (KIND, b"not JSON", FormatError, "not valid JSON"),
        (KIND, b"[]", FormatError, "not a JSON object"),
        (KIND, b'{"a":' * 100_000, FormatError, "not valid JSON"),
        (KIND, b'{"mediaType":"application/vnd.oci.image.index.v1+json"}', FormatError, "was announced as"),
        (KIND, b'{"x":"' + b"y" * (4 << 20) + b'"}', FormatError, "larger than 4194304"),
        (
            {"Content-Type": "application/vnd.docker.distribution.manifest.v1+prettyjws"},
            b"{}",
            FormatError,
            "prettyjws",
        ),
        ({"Content-Type": "text/html; charset=utf-8"}, b"<html>", RegistryError, "web page"),
        ({}, b'{"schemaVersion":2}', FormatError, "of the kind ''"),
    ],
    ids=["no JSON", "list", "deep", "two kinds", "large", "old", "page", "no kind"],
)
def test_what_is_no_manifest(
    server: Faulty, headers: Mapping[str, str], body: bytes, error: type[OlbuildError], said: str
) -> None:
    server.respond = lambda _seen: Answer(headers=headers, body=body)
    with pytest.raises(error, match=said):
        target(server.host).resolve("v1")


def test_ollamas_registry_announces_plain_text(server: Faulty) -> None:
    _, data = manifest()
    server.respond = lambda _seen: Answer(headers={"Content-Type": "text/plain; charset=utf-8"}, body=data)
    assert target(server.host).resolve("v1").media_type == MediaType.OCI_MANIFEST


def test_a_manifest_that_breaks_off_is_got_again(server: Faulty) -> None:
    root, data = manifest()
    server.respond = lambda _seen: Answer(headers=KIND, body=data[: 100 * len(server.seen)], length=len(data))
    assert target(server.host).resolve("v1") == root
    assert len(server.seen) > 2


def test_a_manifest_is_looked_at_after_it_was_put(server: Faulty) -> None:
    root, data = manifest()
    other = "sha256:" + "1" * 64
    answers = {"PUT": Answer(status=201), "HEAD": Answer(headers={**KIND, "Docker-Content-Digest": other})}
    server.respond = lambda seen: Answer(status=404) if not server.asked("PUT") else answers[seen.method]
    with pytest.raises(IntegrityError, match=other):
        target(server.host).push(root, BytesContent(data))
    put = server.asked("PUT")[0]
    assert put.target == f"/v2/me/model/manifests/{root.digest}"
    assert put.body == data
    assert put.headers["Content-Type"] == MediaType.OCI_MANIFEST


def test_a_manifest_that_was_accepted_and_is_not_there(server: Faulty) -> None:
    root, data = manifest()
    server.respond = lambda seen: Answer(status=201 if seen.method == "PUT" else 404)
    with pytest.raises(RegistryError, match="does not have it"):
        target(server.host).push(root, BytesContent(data))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"errors":[{"code":"MANIFEST_INVALID","message":"no \\u001b[31mgood"}]}', r"MANIFEST_INVALID: no \[31mgood"),
        (b"plain words", "plain words"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b'{"errors":"none"}', "answered 400"),
        (b"\xff\xfe", "answered 400"),
    ],
)
def test_errors_say_what_the_registry_said(server: Faulty, body: bytes, said: str) -> None:
    server.respond = lambda _seen: Answer(status=400, body=body)
    with pytest.raises(RegistryError, match=said) as failed:
        target(server.host).resolve("v1")
    assert f"GET http://{server.host}/v2/me/model/manifests/v1 answered 400" in failed.value.message


def test_warnings_are_said_once(server: Faulty) -> None:
    _, data = manifest()
    said: list[Event] = []
    warning = '299 - "this registry will end \\"soon\\""'
    server.respond = lambda _seen: Answer(headers={**KIND, "Warning": warning}, body=data)
    there = open_registry(Reference(host=server.host, repository="a"), emit=said.append, patience=IMPATIENT)
    there.resolve("v1")
    there.resolve("v2")
    (event,) = said
    assert isinstance(event, Said)
    assert event.level == "warning"
    assert "this registry will end" in event.text


def test_a_long_wait_is_announced(server: Faulty) -> None:
    _, data = manifest()
    said: list[Event] = []

    def respond(_seen: Seen) -> Answer:
        busy = Answer(status=429, headers={"Retry-After": "5"})
        return busy if len(server.seen) == 1 else Answer(headers=KIND, body=data)

    server.respond = respond
    open_registry(Reference(host=server.host, repository="a"), emit=said.append, patience=IMPATIENT).resolve("v1")
    assert said == [Said(text=f"{server.host} answered 429; trying again in 5 s")]


def test_lengths_that_contradict_each_other_are_no_matter_of_addresses(server: Faulty) -> None:
    _, data = manifest()
    server.respond = lambda _seen: Answer(headers={**KIND, "Content-Length": "5, 6"}, body=data, length=None)
    with pytest.raises(RegistryError, match="answered with headers that contradict each other") as failed:
        target(server.host).resolve("v1")
    assert "address" not in failed.value.message


def test_what_is_broken_must_be_mended_before_a_login_helps(server: Faulty) -> None:
    file = Path(os.environ["DOCKER_CONFIG"]) / "config.json"
    file.parent.mkdir(parents=True)
    file.write_text("{")
    for challenge in ('Basic realm="x"', f'Bearer realm="http://{server.host}/token"'):
        server.respond = lambda _seen, challenge=challenge: Answer(  # type: ignore[misc]
            status=401, headers={"WWW-Authenticate": challenge}
        )
        with pytest.raises(RefusedError, match=r"config\.json is not valid JSON") as refused:
            target(server.host).resolve("v1")
        assert refused.value.hint == f"repair or remove {file}"

"""A client that says exactly what a test wants said."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection

from olbuild.core.content import Descriptor, canonical_json
from olbuild.core.names import Digest, MediaType


@dataclass(frozen=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The code of the first error."""
        return str(json.loads(self.body)["errors"][0]["code"])


def ask(
    host: str,
    method: str,
    path: str,
    body: bytes | Iterator[bytes] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send one request on a connection of its own."""
    connection = HTTPConnection(host, timeout=20)
    try:
        chunked = "Transfer-Encoding" in (headers or {})
        connection.request(method, path, body, dict(headers or {}), encode_chunked=chunked)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read())
    finally:
        connection.close()


def push_blob(host: str, repository: str, data: bytes) -> Descriptor:
    """Push a blob in one request."""
    descriptor = Descriptor.of(MediaType.MODEL_WEIGHT, data)
    answer = ask(host, "POST", f"/v2/{repository}/blobs/uploads/?digest={descriptor.digest}", data)
    assert answer.status == 201, answer
    return descriptor


def manifest(*layers: Descriptor, config: Descriptor, subject: Descriptor | None = None, kind: str = "") -> bytes:
    """Write a manifest."""
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST.value,
        **({"artifactType": kind} if kind else {}),
        "config": config.to_json(),
        "layers": [layer.to_json() for layer in layers],
        **({"subject": subject.to_json()} if subject else {}),
    }
    return canonical_json(document)


def put_manifest(
    host: str, repository: str, reference: str | Digest, data: bytes, media_type: str = MediaType.OCI_MANIFEST
) -> Answer:
    """Push a manifest."""
    return ask(host, "PUT", f"/v2/{repository}/manifests/{reference}", data, {"Content-Type": media_type})


def push(host: str, repository: str, tag: str, *layers: bytes) -> Descriptor:
    """Push a small artifact, and return its root."""
    config = push_blob(host, repository, b"{}")
    data = manifest(*(push_blob(host, repository, layer) for layer in layers), config=config)
    assert put_manifest(host, repository, tag, data).status == 201
    return Descriptor.of(MediaType.OCI_MANIFEST, data)

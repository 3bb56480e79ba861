"""What a stock Ollama says when it pulls and pushes, request by request (ollama, ``server/``)."""

import hashlib
import json
from collections.abc import Iterable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urljoin, urlsplit

_ACCEPT = {
    "Accept": "application/vnd.docker.distribution.manifest.v2+json",
    "User-Agent": "ollama/0.20.0 (amd64 linux)",
}
_PART = 100_000


def pull(host: str, name: str, tag: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Pull a model as Ollama does: the manifest, then each blob in parts. Returns the manifest, and blobs by digest.

    ``name`` has two segments, as every name of Ollama's has on the wire.
    """
    assert name.count("/") == 1
    base = f"http://{host}/v2/{name}"
    status, _, raw = _get(f"{base}/manifests/{tag}", _ACCEPT)
    assert status == 200, raw
    manifest = json.loads(raw)
    return manifest, {
        layer["digest"]: _blob(base, layer["digest"]) for layer in (*manifest["layers"], manifest["config"])
    }


def _blob(base: str, digest: str) -> bytes:
    url = f"{base}/blobs/{digest}"
    status, headers, _ = _get(url, method="HEAD")
    assert status == 200
    size = int(headers["content-length"])
    status, headers, _ = _get(url, partial=True)  # it looks at the head only, and goes away
    assert status in {200, 307}
    assert "location" in headers, "http: no Location header in response"
    direct = urljoin(url, headers["location"])
    data = b""
    for start in range(0, size, _PART):
        end = min(start + _PART, size) - 1
        status, _, part = _get(direct, {"Range": f"bytes={start}-{end}"})
        assert status == 206
        data += part
    assert f"sha256:{hashlib.sha256(data).hexdigest()}" == digest, "digest mismatch, file must be downloaded again"
    return data


def push(host: str, name: str, tag: str, manifest: bytes, blobs: Iterable[bytes]) -> None:
    """Push a model as Ollama does: each blob in parts, one after the other, then the manifest."""
    base = f"http://{host}/v2/{name}"
    for data in blobs:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        if _get(f"{base}/blobs/{digest}", method="HEAD")[0] == 200:
            continue
        status, headers, _ = _get(f"{base}/blobs/uploads/?mount={digest}&from=library/none", method="POST")
        assert status == 202
        for start in range(0, len(data), _PART):
            part = data[start : start + _PART]
            wanted = {"Content-Range": f"{start}-{start + len(part) - 1}", "X-Redirect-Uploads": "1"}
            status, headers, _ = _get(urljoin(base, headers["location"]), wanted, "PATCH", body=part)
            assert status == 202
        finish = f"{urljoin(base, headers['location'])}?digest={digest}&etag=0123-1"
        assert _get(finish, method="PUT")[0] == 201
    kind = {"Content-Type": _ACCEPT["Accept"]}
    assert _get(f"{base}/manifests/{tag}", kind, "PUT", body=manifest)[0] == 201


def _get(
    url: str,
    headers: dict[str, str] | None = None,
    method: str = "GET",
    *,
    partial: bool = False,
    body: bytes | None = None,
) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=20)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        found = {key.lower(): value for key, value in response.getheaders()}
        return response.status, found, b"" if partial else response.read()
    finally:
        connection.close()

"""A registry that behaves as Ollama's does (ollama, ``server/{images,upload,download,auth}.go``), for tests.

Two servers on 127.0.0.1: the registry, and the object storage to which it sends whoever reads or writes a blob. A stock
Ollama pushes to it and pulls from it; what its client would not do is refused here, so that ours does not do it either.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from olbuild.core.records import Frozen
from olbuild.testing.registry import find_program

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

_DER = bytes.fromhex("302a300506032b6570032100")  # what stands before a public key (RFC 8410, section 4)
_SSH = b"\0\0\0\x0bssh-ed25519\0\0\0\x20"
_MANIFEST = re.compile(r"/v2/([^/]+/[^/]+)/manifests/([A-Za-z0-9_][A-Za-z0-9_.-]*)")
_BLOB = re.compile(r"/v2/([^/]+/[^/]+)/blobs/(sha256:[0-9a-f]{64})")
_UPLOADS = re.compile(r"/v2/([^/]+/[^/]+)/blobs/uploads/([0-9a-f]*)")


class Seen(Frozen):
    """A request: ``at`` is ``registry`` or ``storage``."""

    at: str
    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(kw_only=True)
class OllamaRegistry:
    """The registry.

    Args:
        redirects: whether parts of uploads go to object storage, or to the registry itself.
        keys: public keys that get tokens (32 bytes each); ``None`` is any.
        public: whether reading needs no token.
        blind: whether it says of every blob that it does not have it.
    """

    redirects: bool = True
    keys: frozenset[bytes] | None = None
    public: bool = True
    blind: bool = False
    host: str = ""
    storage: str = ""
    manifests: dict[tuple[str, str], bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    nonces: set[str] = field(default_factory=set)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)

    @contextmanager
    def running(self) -> Iterator[OllamaRegistry]:
        """Serve on two free ports while the context lasts.

        Raises:
            unittest.SkipTest: if ``openssl``, which checks signatures, is missing.
        """
        self._openssl = find_program("openssl")
        with _serving(self, _Registry) as self.host, _serving(self, _Storage) as storage:
            self.storage = storage.replace("127.0.0.1", "localhost")  # another host: a stock Ollama compares names
            yield self

    def token(self, path: str, authorization: str) -> str | None:
        """Return a token for whoever signed this very address, once."""
        query = parse_qs(urlsplit(path).query)
        key, _, signature = authorization.partition(":")
        public = base64.b64decode(key)
        nonce = query.get("nonce", [""])[0]
        nothing = base64.b64encode(hashlib.sha256(b"").hexdigest().encode()).decode()
        text = f"GET,http://{self.host}{path},{nothing}".encode()
        known = self.keys is None or public.removeprefix(_SSH) in self.keys
        fresh = nonce not in self.nonces and len(nonce) == 22 and query.get("ts", [""])[0].isdigit()  # noqa: PLR2004 - 16 bytes
        if not (
            public.startswith(_SSH) and known and fresh and self._verify(public, base64.b64decode(signature), text)
        ):
            return None
        self.nonces.add(nonce)
        token = secrets.token_hex(8)
        self.tokens.add(token)
        return token

    def _verify(self, public: bytes, signature: bytes, text: bytes) -> bool:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for file, data in (("key", _DER + public.removeprefix(_SSH)), ("signature", signature), ("text", text)):
                (folder / file).write_bytes(data)
            command = [self._openssl, "pkeyutl", "-verify", "-pubin", "-inkey", "key", "-keyform", "DER", "-rawin"]
            files = ["-in", "text", "-sigfile", "signature"]
            return subprocess.run([*command, *files], cwd=folder, capture_output=True, check=False).returncode == 0


@contextmanager
def _serving(registry: OllamaRegistry, kind: type[_Handler]) -> Iterator[str]:
    handler = type("Handler", (kind,), {"registry": registry})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say what went wrong, unless the client went away: tests let it."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # the base class says so too


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    registry: OllamaRegistry
    at = ""

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        self.registry.seen.append(Seen(self.at, self.command, self.path, dict(self.headers)))
        return True

    def log_message(self, *_arguments: object) -> None:
        """Be silent."""

    def answer(self, status: int, data: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def body(self) -> bytes:
        size = int(self.headers.get("Content-Length", 0))
        data = self.rfile.read(size)
        if len(data) != size:
            raise ConnectionAbortedError
        return data

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query)


class _Registry(_Handler):
    at = "registry"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/token":
            token = self.registry.token(self.path, self.headers.get("Authorization", ""))
            data = json.dumps({"token": token} if token else {"error": "unauthorized"}).encode()
            return self.answer(200 if token else 401, data)
        if not self.registry.public and not self._allowed():
            return None
        if found := _MANIFEST.fullmatch(path):
            data = self.registry.manifests.get((found[1], found[2]), b"")
            accepted = MANIFEST in self.headers.get("Accept", "").split(",")
            if not data or not accepted:
                return self.answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
            return self.answer(200, data, Content_Type="text/plain; charset=utf-8")
        if (found := _BLOB.fullmatch(path)) and found[2] in self.registry.blobs:
            return self.answer(307, Location=f"http://{self.registry.storage}/blob/{found[2]}?signature=x%2Fy")
        return self.answer(404)

    def do_HEAD(self) -> None:
        found = _BLOB.fullmatch(urlsplit(self.path).path)
        data = self.registry.blobs.get(found[2]) if found else None
        if data is None or self.registry.blind:
            return self.answer(404)
        return self.answer(200, Content_Length=str(len(data)))

    def do_POST(self) -> None:
        self.body()
        if not self._allowed():
            return
        if self.query.get("mount", [""])[0] in self.registry.blobs and "from" in self.query:
            self.answer(201)
            return
        name = secrets.token_hex(8)
        self.registry.uploads[name] = {}
        self.answer(202, Docker_Upload_Location=self._upload(name, 0), Location="/a/wrong/place")

    def do_PATCH(self) -> None:
        found = _UPLOADS.fullmatch(urlsplit(self.path).path)
        first, _, last = self.headers.get("Content-Range", "").partition("-")
        size = int(self.headers.get("Content-Length", 0))
        sound = found and found[2] in self.registry.uploads and int(last) - int(first) + 1 == size
        if not sound or not found or self.headers.get("X-Redirect-Uploads") != "1" or not self._allowed():
            self.close_connection = True
            return None if sound else self.answer(400)
        following = self._upload(found[2], int(last) + 1)
        if self.registry.redirects:
            self.close_connection = True  # the body is on its way, and nobody reads it here
            target = f"http://{self.registry.storage}/part/{found[2]}/{first}?signature=x%2Fy"
            return self.answer(307, Docker_Upload_Location=following, Location=target)
        self.registry.uploads[found[2]][int(first)] = self.body()
        return self.answer(202, Location=following)

    def do_PUT(self) -> None:
        data = self.body()
        if not self._allowed():
            return None
        path = urlsplit(self.path).path
        if found := _MANIFEST.fullmatch(path):
            document = json.loads(data)
            needed = [document["config"]["digest"], *(layer["digest"] for layer in document["layers"])]
            if self.headers.get("Content-Type") != MANIFEST or not all(each in self.registry.blobs for each in needed):
                return self.answer(400, b'{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}')
            self.registry.manifests[found[1], found[2]] = data
            return self.answer(200)
        found = _UPLOADS.fullmatch(path)
        if not found or found[2] not in self.registry.uploads:
            return self.answer(404)
        return self._finish(found[2])

    def _finish(self, name: str) -> None:
        parts = [data for _, data in sorted(self.registry.uploads.pop(name).items())]
        sums = b"".join(hashlib.md5(part, usedforsecurity=False).digest() for part in parts)
        etag = f"{hashlib.md5(sums, usedforsecurity=False).hexdigest()}-{len(parts)}"
        whole = b"".join(parts)
        digest = f"sha256:{hashlib.sha256(whole).hexdigest()}"
        if self.query.get("digest") != [digest] or self.query.get("etag") != [etag]:
            return self.answer(400, b'{"errors":[{"code":"DIGEST_INVALID"}]}')
        self.registry.blobs[digest] = whole
        return self.answer(201)

    def _upload(self, name: str, offset: int) -> str:
        repository = self.path.partition("/blobs/")[0]
        return f"http://{self.registry.host}{repository}/blobs/uploads/{name}?offset={offset}&state=a%2Fb"

    def _allowed(self) -> bool:
        if self.headers.get("Authorization", "").removeprefix("Bearer ") in self.registry.tokens:
            return True
        self.close_connection = True
        repository = "/".join(self.path.split("/")[2:4])
        challenge = (
            f'realm="http://{self.registry.host}/token",service="ollama",scope="repository:{repository}:pull,push"'
        )
        self.answer(401, b'{"errors":[{"code":"UNAUTHORIZED"}]}', WWW_Authenticate=f"Bearer {challenge}")
        return False


class _Storage(_Handler):
    at = "storage"

    def do_GET(self) -> None:
        data = self.registry.blobs.get(urlsplit(self.path).path.removeprefix("/blob/"))
        if data is None or not self._signed():
            return self.answer(403)
        asked = re.fullmatch(r"bytes=([0-9]+)-([0-9]*)", self.headers.get("Range", ""))
        if not asked:
            return self.answer(200, data)
        first, last = int(asked[1]), min(int(asked[2] or len(data) - 1), len(data) - 1)
        return self.answer(206, data[first : last + 1], Content_Range=f"bytes {first}-{last}/{len(data)}")

    def do_PUT(self) -> None:
        _, _, name, offset = urlsplit(self.path).path.split("/")
        data = self.body()
        if name not in self.registry.uploads or not self._signed():
            return self.answer(403)
        self.registry.uploads[name][int(offset)] = data
        return self.answer(200)

    def _signed(self) -> bool:
        """Object storage takes the signature of the address, exactly as it was given, and no other credentials."""
        return "Authorization" not in self.headers and self.path.endswith("?signature=x%2Fy")

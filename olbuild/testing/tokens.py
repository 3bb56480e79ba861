"""A token server (distribution, ``docs/spec/auth/token.md``) whose tokens a real registry accepts."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from olbuild.core.records import Frozen

_SERVICE, _ISSUER = "test-registry", "test-issuer"


class Asked(Frozen, kw_only=True):
    """A request for a token: ``how`` is the user's name, ``refresh`` or ``anonymous``."""

    how: str
    scopes: tuple[str, ...]


@dataclass(kw_only=True)
class TokenServer:
    """Grants everything to ``users`` (name to password) and to ``refresh_tokens``, and ``anonymous`` actions to others.

    ``life`` is how long a token lives, in seconds. ``asked`` is a record of what was asked for.
    """

    openssl: Path
    folder: Path
    users: Mapping[str, str]
    refresh_tokens: frozenset[str] = frozenset()
    anonymous: frozenset[str] = frozenset()
    life: int = 300
    asked: list[Asked] = field(default_factory=list)
    realm: str = ""

    @property
    def section(self) -> Mapping[str, object]:
        """The section ``auth`` of the configuration of a registry that trusts this server."""
        token = {"realm": self.realm, "service": _SERVICE, "issuer": _ISSUER, "rootcertbundle": str(self._certificate)}
        return {"token": token}

    @property
    def _key(self) -> Path:
        return self.folder / "token.key"

    @property
    def _certificate(self) -> Path:
        return self.folder / "token.crt"

    @contextmanager
    def running(self) -> Iterator[TokenServer]:
        """Serve on a free port of 127.0.0.1 while the context lasts."""
        certify(self.openssl, self._key, self._certificate, "test-issuer")
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.realm = f"http://127.0.0.1:{server.server_port}/token"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                self._grant(outer._user(self.headers.get("Authorization", "")), tuple(query.get("scope", ())), "token")

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
                token = form.get("refresh_token", [""])[0]
                known = form.get("grant_type") == ["refresh_token"] and token in outer.refresh_tokens
                scopes = tuple(form.get("scope", [""])[0].split())
                self._grant("refresh" if known else None, scopes, "access_token")

            def log_message(self, *_arguments: object) -> None:
                """Be silent."""

            def _grant(self, how: str | None, scopes: tuple[str, ...], key: str) -> None:
                document: dict[str, object] = {"errors": [{"code": "UNAUTHORIZED", "message": "who are you"}]}
                if how is not None:
                    outer.asked.append(Asked(how=how, scopes=scopes))
                    document = {key: outer.sign(how, scopes), "expires_in": outer.life}
                data = json.dumps(document).encode()
                self.send_response(401 if how is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        return Handler

    def _user(self, header: str) -> str | None:
        """Return who asks, ``None`` for a wrong password."""
        if not header:
            return "anonymous"
        name, _, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
        return name if self.users.get(name) == password else None

    def sign(self, how: str, scopes: tuple[str, ...]) -> str:
        """Return a token (JWT, RS256) for those of the scopes that are allowed."""
        der = subprocess.run(
            [self.openssl, "x509", "-in", self._certificate, "-outform", "DER"], capture_output=True, check=True
        ).stdout
        now = int(time.time())
        header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        claims = {
            "iss": _ISSUER,
            "sub": how,
            "aud": _SERVICE,
            "jti": str(len(self.asked)),
            "nbf": now - 5,
            "iat": now,
            "exp": now + self.life,
            "access": [self._access(scope, how) for scope in scopes],
        }
        signed = f"{_encode(json.dumps(header).encode())}.{_encode(json.dumps(claims).encode())}"
        signature = subprocess.run(
            [self.openssl, "dgst", "-sha256", "-sign", self._key],
            input=signed.encode(),
            capture_output=True,
            check=True,
        ).stdout
        return f"{signed}.{_encode(signature)}"

    def _access(self, scope: str, how: str) -> dict[str, object]:
        resource, _, actions = scope.rpartition(":")
        kind, _, name = resource.partition(":")
        allowed = [action for action in actions.split(",") if how != "anonymous" or action in self.anonymous]
        return {"type": kind, "name": name, "actions": allowed}


def certify(openssl: Path, key: Path, certificate: Path, name: str) -> None:
    """Write a key and a self-signed certificate, also valid for 127.0.0.1 and localhost."""
    subject = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    command = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([openssl, *command, "-keyout", key, "-out", certificate, *subject], capture_output=True, check=True)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

"""A client of the Ollama API, for commands that ask a server: the standard library's, and no more."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from olbuild.core.errors import (
    BusyError,
    EngineError,
    NotFoundError,
    OlbuildError,
    RefusedError,
    RegistryError,
    UsageError,
)
from olbuild.core.records import replace
from olbuild.serving.wire.host import Host

_CONNECT_SECONDS = 10.0
_LONGEST_ANSWER = 256 << 20  # bytes: vectors of many texts, or tensors of a large model
_LONGEST_LINE = 64 << 20
_AGAIN = 5.0  # seconds, where a busy server does not say when
_KINDS: Mapping[int, type[OlbuildError]] = {
    400: UsageError,
    401: RefusedError,
    403: RefusedError,
    404: NotFoundError,
    429: RegistryError,
}


class Client:
    """Asks one server. Each request has a connection of its own, so threads may share it."""

    def __init__(self, host: Host, *, key: str = "") -> None:
        """Ask the server at an address, with an API key if it wants one."""
        self.host = host.reached()
        self._key = key

    def get(self, path: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return what a path holds, as JSON.

        Raises:
            OlbuildError: as ``post``.
        """
        with self._asked("GET", path, None) as response:
            return _decoded(_whole(response), self.host)

    def post(self, path: str, body: object, *, method: str = "POST") -> Any:  # noqa: ANN401 - any JSON value
        """Ask, and return the whole answer as JSON; ``None`` for an empty one.

        Raises:
            RegistryError: if there is no server there, or it breaks off.
            UsageError, NotFoundError, RefusedError, BusyError, EngineError: as it answers.
        """
        with self._asked(method, path, body) as response:
            data = _whole(response)
            return _decoded(data, self.host) if data else None

    def stream(self, path: str, body: object) -> Iterator[dict[str, Any]]:
        """Ask, and yield the lines of the answer as they come. Leaving the iteration ends the request.

        Raises:
            OlbuildError: as ``post``; also where a line says so.
        """
        with self._asked("POST", path, body) as response:
            while line := response.readline(_LONGEST_LINE + 1):
                if len(line) > _LONGEST_LINE:
                    raise RegistryError(f"{self.host} sent a line of more than {_LONGEST_LINE} bytes")
                if not line.strip():
                    continue
                said = _decoded(line, self.host)
                if not isinstance(said, dict):
                    raise RegistryError(f"{self.host} sent a line that is no JSON object")
                if "error" in said:
                    raise EngineError(str(said["error"]))
                yield said

    @contextmanager
    def _asked(self, method: str, path: str, body: object) -> Iterator[http.client.HTTPResponse]:
        host = self.host
        kind = http.client.HTTPSConnection if host.scheme == "https" else http.client.HTTPConnection
        connection = kind(host.host, host.port, timeout=_CONNECT_SECONDS)
        try:
            connection.connect()
            connection.sock.settimeout(None)  # a model may think for long
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            data = None if body is None else json.dumps(body).encode()
            headers = {"Content-Type": "application/json"} if data is not None else {}
            if self._key:
                headers["Authorization"] = f"Bearer {self._key}"
            connection.request(method, f"{host.path}{path}", data, headers)
            response = connection.getresponse()
            if response.status >= http.client.BAD_REQUEST:
                raise _error(response, host)
            yield response
        except ConnectionRefusedError:
            raise RegistryError(f"no server answers at {host}", hint="start one with: olbuild serve") from None
        except ssl.SSLError as error:
            raise _no_tls(error, host) from None
        except TimeoutError:
            raise RegistryError(f"no server answers at {host}: it took too long") from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise RegistryError(f"the connection to {host} failed: {reason}") from None
        finally:
            connection.close()


def _no_tls(error: ssl.SSLError, host: Host) -> RegistryError:
    """Return what went wrong with TLS, as far as that can be told."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return RegistryError(
            f"the certificate of {host} is not trusted: {error.verify_message}",
            hint="name the authority that signed it in SSL_CERT_FILE",
        )
    plain = f"perhaps it is {replace(host, scheme='http')}" if error.reason == "WRONG_VERSION_NUMBER" else None
    return RegistryError(f"{host} does not speak TLS as it should: {error.reason or error}", hint=plain)


def _whole(response: http.client.HTTPResponse) -> bytes:
    data = response.read(_LONGEST_ANSWER + 1)
    if len(data) > _LONGEST_ANSWER:
        raise RegistryError(f"the server sent more than {_LONGEST_ANSWER} bytes")
    return data


def _decoded(data: bytes, host: Host) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(data)
    except ValueError:
        raise RegistryError(f"{host} sent what is no JSON", hint="is that a server of models?") from None


def _error(response: http.client.HTTPResponse, host: Host) -> OlbuildError:
    """Return the error that a server answered with."""
    text = response.read(1 << 16).decode("utf-8", "replace").strip()
    try:
        said = json.loads(text)
        text = str(said["error"]) if isinstance(said, dict) and "error" in said else text
    except ValueError:
        pass
    text = text or f"{host} answered with status {response.status}"
    if response.status == http.client.SERVICE_UNAVAILABLE:
        again = response.getheader("Retry-After", "")
        return BusyError(text, retry_after=float(again) if again.isdecimal() else _AGAIN)
    return _KINDS.get(response.status, EngineError)(text)

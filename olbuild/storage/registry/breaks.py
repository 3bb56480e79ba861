"""Connections that broke: what happened in words, and of which sort it is to the retry policy."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import requests
from urllib3 import exceptions as urllib3

from olbuild.core.errors import RegistryError
from olbuild.storage.registry.hosts import Endpoint, authority
from olbuild.storage.registry.retry import Break, Broken
from olbuild.storage.registry.words import printable, without_user

BROKEN = (requests.RequestException, urllib3.HTTPError, OSError)
"""What sending a request or reading a response may raise."""


class ConnectionFailed(RegistryError):
    """No response came, or a part of one; ``outcome`` is what the retry policy is asked with."""

    def __init__(self, message: str, kind: Break, *, hint: str | None = None) -> None:
        """Keep how the connection failed."""
        super().__init__(message, hint=hint)
        self.outcome = Broken(kind=kind)


def broken(error: Exception, endpoint: Endpoint, url: str) -> ConnectionFailed:
    """Make the error for a connection that failed; the first cause that is understood decides.

    A ``ValueError`` of no library's own is what they let through of text that cannot be sent.
    """
    causes = tuple(_causes(error))
    host = authority(url) or endpoint.name
    if isinstance(error, ValueError) and not isinstance(error, BROKEN):
        return ConnectionFailed(f"a request to {host} cannot be made: {_reason(causes)}", Break.FINAL)
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return _tls(cause, host)
        understood = _understand(cause, host, _reason(causes))
        if understood is not None:
            return ConnectionFailed(*understood)
    return ConnectionFailed(f"the connection to {host} broke: {_reason(causes)}", Break.TRANSFER)


def _understand(cause: BaseException, host: str, reason: str) -> tuple[str, Break] | None:
    match cause:
        case urllib3.NameResolutionError() | socket.gaierror():
            return f"the host {host} is unknown ({reason})", Break.CONNECT
        case urllib3.ProxyError() | requests.exceptions.ProxyError():
            return f"the proxy on the way to {host} failed: {reason}", Break.CONNECT
        case urllib3.NewConnectionError():
            return f"cannot connect to {host}: {reason}", Break.CONNECT
        case urllib3.ConnectTimeoutError():  # NewConnectionError is one too
            return f"{host} did not answer in time when connecting", Break.CONNECT
        case TimeoutError() | urllib3.TimeoutError():
            return f"{host} fell silent in the middle of a transfer", Break.TRANSFER
        case OSError(errno=None) if type(cause) is OSError:  # requests, when REQUESTS_CA_BUNDLE names no file
            return f"{host} cannot be asked: {reason}", Break.FINAL
        case ValueError() if isinstance(cause, requests.RequestException):
            return _unusable(cause, host, reason), Break.FINAL
        case _:
            return None


def _unusable(cause: requests.RequestException, host: str, reason: str) -> str:
    if any(isinstance(each, urllib3.InvalidHeader) for each in cause.args):  # urllib3 raises it when it reads an answer
        return f"{host} answered with headers that contradict each other: {reason}"
    if isinstance(cause, requests.exceptions.InvalidHeader):  # its text has the header, and so perhaps a secret
        return f"a request to {host} cannot be made: the credentials for it have characters that no header can have"
    return f"{host} gave an address that cannot be used: {reason}"


def _tls(error: ssl.SSLError, host: str) -> ConnectionFailed:
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectionFailed(
            f"the certificate of {host} is not trusted: {error.verify_message}",
            Break.FINAL,
            hint="name the file of its CA (ca, under registries, in the configuration file), or add it to the system's",
        )
    reason = printable(error.reason or str(error))
    plain = "if this registry speaks plain HTTP, --plain-http allows it"
    return ConnectionFailed(f"{host} does not speak TLS as it should: {reason}", Break.FINAL, hint=plain)


def _reason(causes: tuple[BaseException, ...]) -> str:
    """Return the system's own words where there are any."""
    for cause in reversed(causes):
        if isinstance(cause, OSError) and cause.strerror:
            return printable(cause.strerror)
    return printable(without_user(str(causes[-1]))) or type(causes[-1]).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk from an error to what was underneath: requests wraps urllib3's, and urllib3 the system's."""
    seen: set[int] = set()
    pending: list[object] = [error]
    while pending:
        cause = pending.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        pending += [getattr(cause, "reason", None), *cause.args, cause.__cause__, cause.__context__]

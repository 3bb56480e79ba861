"""Responses that were not hoped for become errors of ``core.errors``, in words."""

from __future__ import annotations

import requests

from olbuild.core.content import decode_json
from olbuild.core.errors import (
    FormatError,
    IntegrityError,
    NotFoundError,
    OlbuildError,
    RefusedError,
    RegistryError,
)
from olbuild.storage.registry.breaks import BROKEN
from olbuild.storage.registry.hosts import Endpoint
from olbuild.storage.registry.words import printable, shown_address

_LONGEST_BODY = 64 << 10
_MOST_ERRORS = 3
_DAMAGED = {"DIGEST_INVALID", "SIZE_INVALID"}
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_LARGE, _RANGE, _BUSY = 401, 403, 404, 413, 416, 429
_SERVER_ERROR = 500

WEB_PAGE = "check the address: a proxy, or a page for logging in, may answer in place of the registry"
"""A hint for a web page where none should be."""


def drain(response: requests.Response) -> bytes:
    """Read the small body of an answer and release its connection; what is longer is cut, what breaks is empty.

    A 416 is not read: docker-registry 2.8 announces the length of the whole blob there and sends nothing.
    """
    if response.status_code == _RANGE:
        response.close()
        return b""
    try:
        data: bytes = response.raw.read(_LONGEST_BODY, decode_content=True)
        if len(data) < _LONGEST_BODY:
            response.raw.read(1)  # sees the end, which gives the connection back
    except BROKEN:
        data = b""
    response.close()
    return data


def failure(
    response: requests.Response, endpoint: Endpoint, what: str, note: str = "", remedy: str | None = None
) -> OlbuildError:
    """Make the error for a response that was not hoped for, and release its connection.

    Args:
        response: the answer, body unread.
        endpoint: the registry that was asked first; another host may have answered after a redirect.
        what: the thing that was asked for, such as ``the manifest latest of me/assistant``.
        note: what is known about the credentials that were used.
        remedy: what must be done before a login can help, if there is something.
    """
    codes, said = _explanation(response)
    status, host = response.status_code, endpoint.name
    where = f"{shown(response)} answered {status}{': ' + said if said else ''}"
    if _DAMAGED & set(codes):
        return IntegrityError(f"{host} found {what} damaged when it arrived ({where})")
    if status in {_UNAUTHORIZED, _FORBIDDEN} and not endpoint.owns(response.url):
        return RegistryError(f"{host} redirected to a host that refused {what} ({where})", hint="try again later")
    if status == _UNAUTHORIZED:
        return RefusedError(f"{host} wants a login for {what}{note} ({where})", hint=remedy or f"olbuild login {host}")
    if status == _FORBIDDEN:
        return RefusedError(
            f"{host} does not allow access to {what}{note} ({where})",
            hint=remedy or f"olbuild login {host}, with an account that may do this",
        )
    if status == _NOT_FOUND:
        return NotFoundError(f"{host} does not have {what} ({where})", hint=_missing_hint(codes))
    return RegistryError(f"{host} failed at {what} ({where})", hint=_hint(status, said))


def _missing_hint(codes: tuple[str, ...]) -> str | None:
    if "NAME_UNKNOWN" in codes:
        return "some registries want a repository to be created before the first push"
    if "BLOB_UNKNOWN" in codes:
        return "what is in the registry is not whole: whoever has the artifact can push it again"
    return None


def _hint(status: int, said: str) -> str | None:
    if status == _TOO_LARGE:
        return "the registry, or a proxy before it, limits the size of a request body"
    if status == _BUSY:
        return "the registry limits how often it may be asked; wait, or log in for a higher limit"
    if "HTTPS" in said:
        return "this registry speaks TLS on that port"
    if "MANIFEST_BLOB_UNKNOWN" in said:
        return "the registry misses what it said it has: push it again, or ask who runs it"
    if status >= _SERVER_ERROR:
        return "the registry is in trouble: try again later"
    return None


def shown(response: requests.Response) -> str:
    """Return method and address of a request; what may be secret in it stays hidden."""
    return f"{response.request.method} {shown_address(response.url)}"


def _explanation(response: requests.Response) -> tuple[tuple[str, ...], str]:
    """Return the error codes of a body and its text (distribution-spec, "Error Codes")."""
    data = drain(response)
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == "text/html" or data.lstrip()[:1] == b"<":
        return (), "a web page, as something that is not a registry does"
    try:
        document = decode_json(data, "answer")
    except FormatError:
        return (), printable(data.decode("utf-8", "replace"))
    errors = document.get("errors") if isinstance(document, dict) else None
    found = [item for item in errors if isinstance(item, dict)] if isinstance(errors, list) else []
    codes = tuple(str(item.get("code", "")) for item in found)
    texts = [f"{item.get('code', '')}: {item.get('message', '')}".strip(": ") for item in found[:_MOST_ERRORS]]
    return codes, printable("; ".join(text for text in texts if text))

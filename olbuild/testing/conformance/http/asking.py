"""Asking a server exactly what was recorded."""

from __future__ import annotations

import http.client
from typing import Any
from urllib.parse import urlsplit

from olbuild.core.errors import UsageError
from olbuild.core.records import Frozen

_PATIENCE = 600.0  # seconds: a model may have to be loaded


class Reply(Frozen):
    """What came back; ``kind`` is the content type without its parameters."""

    status: int
    kind: str
    body: str


def ask(url: str, request: dict[str, Any]) -> Reply:
    """Send one request on a connection of its own.

    Raises:
        UsageError: if the URL is none of a server that answers.
    """
    place = urlsplit(url)
    if place.scheme not in {"http", "https"} or not place.hostname:
        raise UsageError(f"{url!r} is no URL of a server", hint="write it as in http://127.0.0.1:11434")
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = kind(place.hostname, place.port, timeout=_PATIENCE)
    body = request.get("body")
    try:
        connection.request(
            request["method"],
            f"{place.path.rstrip('/')}{request['path']}",
            None if body is None else body.encode(),
            request.get("headers") or {},
        )
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        return Reply(response.status, (response.getheader("content-type") or "").partition(";")[0].strip(), text)
    except ConnectionRefusedError:
        raise UsageError(f"nobody listens at {url}") from None
    finally:
        connection.close()

"""Answers that are not streamed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

from olbuild.serving.server.errors import Failure, Shape

JSON = "application/json; charset=utf-8"
NDJSON = "application/x-ndjson"
EVENTS = "text/event-stream"

_ENCODER = msgspec.json.Encoder()
_HTML = ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026"))


def encode(document: object) -> bytes:
    """Encode JSON as Go's encoder does: ``<``, ``>`` and ``&`` are escaped, so that a text can stand in HTML."""
    data = _ENCODER.encode(document)
    for plain, escaped in _HTML:  # they stand in texts only, so that no grammar of JSON is touched
        data = data.replace(plain, escaped)
    return data


def answer(document: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON."""
    return Response(encode(document), status_code=status, headers=dict(headers or {}), media_type=JSON)


def plain(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with text whose character set is not named, as gin answers what it has no handler for."""
    response = Response(text, status_code=status, headers=dict(headers or {}))
    response.headers["content-type"] = "text/plain"
    return response


def failed(failure: Failure, shape: Shape) -> Response:
    """Answer with an error."""
    return answer(shape(failure), failure.status, failure.headers)

"""The name of a request: what the client calls it, or a new one. It is in the answer, in the log and in traces."""

from __future__ import annotations

import re
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from olbuild.serving.wire.identifiers import fresh

HEADER = "x-request-id"
_ANTHROPIC = "request-id"  # what its clients look for
_ACCEPTED = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_current: ContextVar[str] = ContextVar("request")


def current_request() -> str:
    """Return the name of the request that is being answered; outside of any, an empty text."""
    return _current.get("")


def request_id() -> str:
    """Return the name of the request that is being answered; outside of any, a new one."""
    return current_request() or fresh("req_")


def identity_layer(app: ASGIApp) -> ASGIApp:
    """Name each request."""

    async def named(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        identifier = given if _ACCEPTED.fullmatch(given) else fresh("req_")

        async def naming(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", [])))
                headers[HEADER] = headers[_ANTHROPIC] = identifier
                message = {**message, "headers": headers.raw}
            await send(message)

        token = _current.set(identifier)
        try:
            await app(scope, receive, naming)
        finally:
            _current.reset(token)

    return named

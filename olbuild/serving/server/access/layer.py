"""The layer that asks for a key: ``Authorization: Bearer KEY``, or ``x-api-key: KEY`` as Anthropic's clients do."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from olbuild.serving.server.access.keyring import Keyring
from olbuild.serving.server.access.keys import Key
from olbuild.serving.server.answers import failed
from olbuild.serving.server.errors import Failure, Shape
from olbuild.serving.server.routing import Layer

OPEN = frozenset({"/", "/healthz", "/readyz"})
"""Paths that say nothing but that the server is there: probes have no keys."""

_LONGEST = 4096


def key_layer(keyring: Keyring, shape_of: Callable[[str], Shape]) -> Layer:
    """Return the layer that lets in who has one of the keys; ``shape_of`` says how the errors of a path look."""

    def layer(app: ASGIApp) -> ASGIApp:
        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["path"] in OPEN:
                await app(scope, receive, send)
                return
            shape = shape_of(scope["path"])
            found = keyring.find(_given(Headers(scope=scope)))
            if found is None:
                failure = Failure(status=401, message="a valid API key is needed", headers=_BEARER)
                await failed(failure, shape)(scope, receive, send)
                return
            key, allowance = found
            wait = allowance.enter(time.monotonic())
            if wait:
                await failed(_too_many(key, wait), shape)(scope, receive, send)
                return
            scope["olbuild.client"] = f"key:{key.name}"
            scope["olbuild.priority"] = key.priority
            scope["olbuild.cache"] = key.name if key.private_cache else ""
            try:
                await app(scope, receive, send)
            finally:
                allowance.leave()

        return guarded

    return layer


_BEARER = {"WWW-Authenticate": "Bearer"}


def _given(headers: Headers) -> bytes:
    """Return the key that a request brings, or nothing, which is none."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    given = credentials.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "").strip()
    return given[:_LONGEST].encode("latin-1")  # as which headers were read


def _too_many(key: Key, wait: float) -> Failure:
    limits = [
        f"{count} {words}"
        for count, words in ((key.requests_per_minute, "requests a minute"), (key.parallel, "at a time"))
        if count is not None
    ]
    message = f"too many requests: the key {key.name} may ask {' and '.join(limits)}"
    return Failure(status=429, message=message, headers={"Retry-After": str(max(1, math.ceil(wait)))})

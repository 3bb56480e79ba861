"""One line of the log, one count and one span for each request."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from olbuild.serving.server.context import address_of
from olbuild.serving.server.routing import Api, Layer
from olbuild.serving.server.telemetry.metrics import OTHER, Metrics
from olbuild.serving.server.telemetry.notes import Notes, taking_notes
from olbuild.serving.server.telemetry.tracing import Span, Tracer

LOGGER = logging.getLogger("olbuild.access")
_LONGEST = 500  # characters of a path
_GONE = 499  # nginx's number for a client that left before it was answered
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


def access_layer(apis: Iterable[Api], metrics: Metrics, tracer: Tracer) -> Layer:
    """Return the layer that notes requests; of paths, metrics and spans know those of the APIs only."""
    paths = [path for api in apis for path in api.paths]
    exact = frozenset(path for path in paths if "{" not in path)
    open_ended = [(path.partition("{")[0], path) for path in paths if "{" in path]

    def known(path: str) -> str:
        if path in exact:
            return path
        return next((whole for begin, whole in open_ended if path.startswith(begin)), OTHER)

    def layer(app: ASGIApp) -> ASGIApp:
        async def noted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            path = known(scope["path"])
            method = scope["method"] if scope["method"] in _METHODS else OTHER
            attributes = {"http.request.method": method, "http.route": path}
            with (
                taking_notes() as notes,
                tracer.request(f"{method} {path}", Headers(scope=scope), attributes) as span,
            ):
                note = _Note(scope, method, path, metrics, span, notes)

                async def noting(message: Message) -> None:
                    note.take(message)
                    await send(message)

                try:
                    await app(scope, receive, noting)
                finally:
                    note.write()

        return noted

    return layer


class _Note:
    """What is noted of a request: once, before the client has all of the answer, or when it left."""

    def __init__(self, scope: Scope, method: str, path: str, metrics: Metrics, span: Span, notes: Notes) -> None:
        self._scope, self._method, self._path, self._metrics, self._span = scope, method, path, metrics, span
        self._notes = notes
        self._status, self._sent, self._begun, self._written = _GONE, 0, time.monotonic(), False

    def take(self, message: Message) -> None:
        """Look at a part of the answer."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            return
        self._sent += len(message.get("body", b""))
        if not message.get("more_body", False):
            self.write()

    def write(self) -> None:
        """Write, unless that was done."""
        if self._written:
            return
        self._written = True
        self._span.set({"http.response.status_code": self._status})
        self._metrics.http(self._method, self._path, self._status)
        if self._path not in _QUIET:
            self._log()

    def _log(self) -> None:
        scope, seconds = self._scope, time.monotonic() - self._begun
        path = scope["path"][:_LONGEST]
        client = scope.get("olbuild.client") or address_of(scope)
        fields = {
            "method": scope["method"],
            "path": path,
            "status": self._status,
            "bytes": self._sent,
            "seconds": round(seconds, 6),
            "client": client,
            **self._notes,
        }
        text = f"{self._status} {scope['method']} {path!r} {self._sent} bytes {seconds:.3f} s {client}"
        text = " ".join((text, *(f"{name}={value}" for name, value in self._notes.items())))
        LOGGER.info(text, extra={"fields": fields})

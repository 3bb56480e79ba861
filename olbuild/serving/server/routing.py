"""From a path to a handler, and from whatever a handler raises to an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from olbuild.serving.server.answers import failed, plain
from olbuild.serving.server.context import Context
from olbuild.serving.server.errors import Disconnected, Shape, failure_of

Handler: TypeAlias = Callable[[Context, Request], Awaitable[Response]]
Layer: TypeAlias = Callable[[ASGIApp], ASGIApp]
"""What stands around the application: it may answer in its place, or change what goes in and out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One of the APIs: its paths, for each its handlers by method, and the shape of its errors."""

    shape: Shape
    paths: Mapping[str, Mapping[str, Handler]]


def application(context: Context, apis: Sequence[Api], layers: Sequence[Layer] = ()) -> ASGIApp:
    """Return the server as an ASGI application; the first layer is the outermost."""
    routes = [
        Route(path, _Endpoint(context, handlers, api.shape)) for api in apis for path, handlers in api.paths.items()
    ]
    made: ASGIApp = Router(routes, redirect_slashes=False, default=_unknown)
    for layer in reversed(layers):
        made = layer(made)
    return made


class _Endpoint:
    """Answers what is asked of one path."""

    def __init__(self, context: Context, handlers: Mapping[str, Handler], shape: Shape) -> None:
        self._context, self._handlers, self._shape = context, handlers, shape

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        handler = self._handlers.get(request.method)
        try:
            if handler is None:
                allowed = ", ".join(self._handlers)
                response = plain("405 method not allowed", 405, {"Allow": allowed})
            else:
                response = await handler(self._context, request)
        except Disconnected:
            return
        except Exception as error:  # noqa: BLE001 - each failure is an answer
            response = failed(failure_of(error), self._shape)
        try:
            await response(scope, receive, send)
        except Disconnected:
            return


async def _unknown(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await plain("404 page not found", 404)(scope, receive, send)

"""From a path to a handler, and from whatever a handler raises to an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from olbuild.core.records import Frozen
from olbuild.serving.server.answers import failed, plain
from olbuild.serving.server.context import Context
from olbuild.serving.server.errors import Disconnected, Shape, failure_of

Handler: TypeAlias = Callable[[Context, Request], Awaitable[Response]]
Layer: TypeAlias = Callable[[ASGIApp], ASGIApp]
"""What stands around the application: it may answer in its place, or change what goes in and out."""


class Api(Frozen, kw_only=True):
    """One of the APIs: its paths, for each its handlers by method, and the shape of its errors."""

    shape: Shape
    paths: Mapping[str, Mapping[str, Handler]]


def application(context: Context, apis: Sequence[Api], layers: Sequence[Layer] = ()) -> ASGIApp:
    """Return the server as an ASGI application; the first layer is the outermost."""
    routes = [
        Route(path, _Endpoint(context, handlers, api.shape)) for api in apis for path, handlers in api.paths.items()
    ]
    made: ASGIApp = Router(routes, redirect_slashes=False, default=_Unknown(routes))
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


class _Unknown:
    """Answers what has no handler as gin does: a path with a slash too many is sent to the one without it."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        shorter = path.rstrip("/")
        if shorter and path != shorter and any(route.path_regex.match(shorter) for route in self._routes):
            status = 301 if scope["method"] == "GET" else 307
            query = scope["query_string"].decode("latin-1")
            where = f"{quote(shorter)}{f'?{query}' if query else ''}"
            said = f'<a href="{where}">Moved Permanently</a>.\n\n' if status == 301 else ""  # noqa: PLR2004
            await HTMLResponse(said, status_code=status, headers={"Location": where})(scope, receive, send)
            return
        await plain("404 page not found", 404)(scope, receive, send)

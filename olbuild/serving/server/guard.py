"""Which names the server answers to, and which web pages may use it (ollama, ``server/routes.go``).

A web page can tell a browser that its own name means 127.0.0.1 (DNS rebinding). A server on loopback therefore answers
to the names of its own machine only. And a browser sends a page's requests to other servers with the header ``Origin``,
which says whose page it is.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from olbuild.core.loopback import is_loopback
from olbuild.serving.server.routing import Layer

_LOCAL = (".localhost", ".local", ".internal")
_OWN = ("localhost", "127.0.0.1", "0.0.0.0", "[::1]")  # noqa: S104 - a name that a page may have
_APPS = ("app://*", "file://*", "tauri://*", "vscode-webview://*", "vscode-file://*")
_EXTENSIONS = ("chrome-extension://*", "moz-extension://*", "safari-web-extension://*")
_HEADERS = (
    "Authorization, Content-Type, User-Agent, Accept, X-Requested-With, X-Api-Key, Anthropic-Version, Anthropic-Beta, "
    "Anthropic-Dangerous-Direct-Browser-Access, OpenAI-Beta"
)
_METHODS = "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"
_MOST_HEADERS = 2000  # of what a page says it will send


def host_layer(address: str) -> Layer:
    """Return what refuses the names of others, if the server listens on loopback only."""
    checks = is_loopback(address)

    def layer(app: ASGIApp) -> ASGIApp:
        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if checks and scope["type"] == "http" and not is_local(Headers(scope=scope).get("host", "")):
                await Response(status_code=403)(scope, receive, send)
                return
            await app(scope, receive, send)

        return guarded

    return layer


def is_local(header: str) -> bool:
    """Whether the header ``Host`` names this machine: by no name, a local one, or an address that is not public."""
    header = header.strip().lower()
    name = header[1:].partition("]")[0] if header.startswith("[") else header.partition(":")[0]
    if name in {"", "localhost", socket.gethostname().lower()}:
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return name.endswith(_LOCAL)
    return address.is_loopback or address.is_private or address.is_unspecified or address.is_link_local


class Origins:
    """The pages that may use the server."""

    def __init__(self, further: Iterable[str] = ()) -> None:
        """Let in pages of this machine, applications and extensions, and those that the patterns say."""
        own = [f"{scheme}://{host}{port}" for scheme in ("http", "https") for host in _OWN for port in ("", ":*")]
        patterns = (*further, *own, *_APPS, *_EXTENSIONS)
        self._all = any(pattern == "*" for pattern in patterns)
        self._allowed = re.compile("|".join(re.escape(each.lower()).replace(r"\*", ".*") for each in patterns))

    def allow(self, origin: str) -> bool:
        """Whether a page of this origin may use the server."""
        return self._all or self._allowed.fullmatch(origin.lower()) is not None


def origin_layer(origins: Origins) -> Layer:
    """Return what refuses the pages of others, and tells browsers that the others are welcome (Fetch, "CORS")."""

    def layer(app: ASGIApp) -> ASGIApp:
        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
            origin = headers.get("origin", "")
            if not origin or origin == f"{scope.get('scheme')}://{headers.get('host', '')}":
                await app(scope, receive, send)
            elif not origins.allow(origin):
                await Response(status_code=403)(scope, receive, send)
            elif scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
                await _preflight(origin, headers)(scope, receive, send)
            else:
                await app(scope, receive, _welcoming(send, origin))

        return guarded

    return layer


def _preflight(origin: str, headers: Headers) -> Response:
    asked = headers.get("access-control-request-headers", "")[:_MOST_HEADERS]
    extra = [name for name in (part.strip() for part in asked.split(",")) if name.lower().startswith("x-stainless-")]
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": ", ".join([_HEADERS, *extra]),
            "Access-Control-Max-Age": "43200",
            "Vary": "Origin",
        },
    )


def _welcoming(send: Send, origin: str) -> Send:
    async def welcoming(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message.get("headers", [])))
            headers["Access-Control-Allow-Origin"] = origin
            headers.add_vary_header("Origin")
            message = {**message, "headers": headers.raw}
        await send(message)

    return welcoming

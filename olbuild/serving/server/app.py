"""The whole server as one ASGI application."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import ASGIApp

from olbuild.serving.server import anthropic, extra, ollama, openai
from olbuild.serving.server.context import Context
from olbuild.serving.server.errors import Shape
from olbuild.serving.server.guard import Origins, host_layer, origin_layer
from olbuild.serving.server.routing import Api, Layer, application

APIS = (ollama.API, openai.API, anthropic.API, extra.API)


def make_app(context: Context, around: Sequence[Layer], within: Sequence[Layer], apis: Sequence[Api] = ()) -> ASGIApp:
    """Return the server.

    Args:
        context: what handlers share.
        around: layers that see every request, the first of them outermost.
        within: layers that see what names and origins let in.
        apis: further ones.
    """
    settings = context.settings
    checks = (host_layer(settings.host), origin_layer(Origins(settings.origins)))
    return application(context, (*APIS, *apis), (*around, *checks, *within))


def shape_of(path: str) -> Shape:
    """Return how the errors of a path look, for those that are raised before it is looked for."""
    for api in APIS:
        if path in api.paths:
            return api.shape
    return openai.API.shape if path.startswith("/v1/") else ollama.API.shape

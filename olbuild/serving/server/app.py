"""The whole server as one ASGI application."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import ASGIApp

from olbuild.serving.server import anthropic, extra, ollama, openai
from olbuild.serving.server.context import Context
from olbuild.serving.server.guard import Origins, host_layer, origin_layer
from olbuild.serving.server.routing import Layer, application

APIS = (ollama.API, openai.API, anthropic.API, extra.API)


def make_app(context: Context, layers: Sequence[Layer] = ()) -> ASGIApp:
    """Return the server; ``layers`` stand inside the checks of names and origins, the first of them outermost."""
    settings = context.settings
    outer = (host_layer(settings.host), origin_layer(Origins(settings.origins)))
    return application(context, APIS, (*outer, *layers))

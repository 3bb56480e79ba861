"""What the server says about itself."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context


async def root(_context: Context, _request: Request) -> Response:
    """Say what clients look for."""
    return PlainTextResponse("Ollama is running")


async def version(context: Context, _request: Request) -> Response:
    """Say which version of Ollama's API this is."""
    return answer({"version": context.settings.version})


async def status(_context: Context, _request: Request) -> Response:
    """Say that no model runs elsewhere."""
    return answer({"cloud": {"disabled": True, "source": "config"}})

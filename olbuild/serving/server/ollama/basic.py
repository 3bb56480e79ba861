"""What the server says about itself."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context
from olbuild.serving.server.errors import Problem


async def root(_context: Context, _request: Request) -> Response:
    """Say what clients look for."""
    return PlainTextResponse("Ollama is running")


async def version(context: Context, _request: Request) -> Response:
    """Say which version of Ollama's API this is."""
    return answer({"version": context.settings.version})


async def status(_context: Context, _request: Request) -> Response:
    """Say about Ollama's cloud what it says where nobody set anything; there is none here."""
    return answer({"cloud": {"disabled": False, "source": "none"}})


async def me(_context: Context, _request: Request) -> Response:
    """Refuse to say who somebody is."""
    raise Problem(503, "there are no accounts of ollama.com here")


async def sign_out(_context: Context, _request: Request) -> Response:
    """Refuse to sign somebody out."""
    raise Problem(500, "there are no accounts of ollama.com here")

"""``GET /v1/models``."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from olbuild.core.errors import UsageError
from olbuild.core.names import OllamaName
from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context
from olbuild.serving.server.descriptions import Description, describe
from olbuild.serving.server.ollama.listing import descriptions
from olbuild.serving.server.uses import find
from olbuild.serving.wire.openai.models import ModelList, ModelOut

_SECOND = 10**9  # nanoseconds


async def listed(context: Context, _request: Request) -> Response:
    """List all models, the newest first."""
    found = await asyncio.to_thread(descriptions, context)
    return answer(ModelList(data=[_model(each.stored.name, each) for each in found]))


async def one(context: Context, request: Request) -> Response:
    """Describe a model, under the name that the client has for it; it may have slashes. No name means all of them."""
    name: str = request.path_params["name"]
    if not name:
        return await listed(context, request)
    description = await asyncio.to_thread(describe, context.models, find(context, name))
    return answer(_model(name, description))


def _model(name: str, description: Description) -> ModelOut:
    return ModelOut(id=name, created=description.modified // _SECOND, owned_by=_owner(name))


def _owner(name: str) -> str:
    """Return the namespace of a model, which Ollama calls its owner."""
    try:
        return OllamaName.parse(name).namespace
    except UsageError:  # a name of OCI that Ollama would not have
        return "library"

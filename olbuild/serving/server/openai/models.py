"""``GET /v1/models``."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from olbuild.core.content import Descriptor
from olbuild.core.errors import UsageError
from olbuild.core.names import OllamaName
from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context
from olbuild.serving.server.ollama.asking import find
from olbuild.serving.wire.openai.models import ModelList, ModelOut


async def listed(context: Context, _request: Request) -> Response:
    """List all models, the newest first."""
    return answer(await asyncio.to_thread(_list, context))


async def one(context: Context, request: Request) -> Response:
    """Describe a model, under the name that the client has for it; it may have slashes."""
    name: str = request.path_params["name"]
    stored = find(context, name)
    return answer(await asyncio.to_thread(_model, context, name, stored.root))


def _list(context: Context) -> ModelList:
    models = [_model(context, _short(name), root) for name, root in context.models.all().items()]
    return ModelList(data=sorted(models, key=lambda model: (-model.created, model.id)))


def _model(context: Context, name: str, root: Descriptor) -> ModelOut:
    blob = context.workspace.store.home.store / "blobs" / "sha256" / root.digest.hex
    try:
        created = int(blob.stat().st_mtime)
    except OSError:  # it went away in this moment
        created = 0
    return ModelOut(id=name, created=created, owned_by=_owner(name))


def _short(name: str) -> str:
    try:
        return OllamaName.parse(name).short
    except UsageError:
        return name


def _owner(name: str) -> str:
    try:
        return OllamaName.parse(name).namespace
    except UsageError:
        return "library"

"""``POST /api/copy`` and ``DELETE /api/delete``."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from olbuild.api.manage import remove, tag
from olbuild.core.errors import UsageError
from olbuild.core.names import OllamaName
from olbuild.core.names.reference import is_host
from olbuild.serving.server.context import Context
from olbuild.serving.server.models import Stored, spellings
from olbuild.serving.server.uses import find
from olbuild.serving.wire.binding import read
from olbuild.serving.wire.ollama import CopyRequest, DeleteRequest


async def copy(context: Context, request: Request) -> Response:
    """Give a model a further name."""
    wanted = await context.bodies.read(request, read, CopyRequest)
    source, destination = wanted.source, wanted.destination
    if not is_name(source):
        raise UsageError(f'source "{source}" is invalid')
    if not may_be_made(destination):
        raise UsageError(f'destination "{destination}" is invalid')
    stored = find(context, source, invalid=f'source "{source}" is invalid', missing='model "{}" not found')
    await asyncio.to_thread(tag, context.workspace, stored.name, (target(context, destination),))
    return Response()


async def delete(context: Context, request: Request) -> Response:
    """Take a name away, and the model with its last one; it is unloaded first."""
    wanted = await context.bodies.read(request, read, DeleteRequest)
    name = wanted.model or wanted.name
    if not name:
        raise UsageError("model is required")
    stored = find(context, name, invalid=f'name "{name}" is invalid')
    if not _has_other_names(context, stored):
        await context.unload(stored)
    await asyncio.to_thread(lambda: list(remove(context.workspace, (stored.name,))))
    return Response()


def _has_other_names(context: Context, stored: Stored) -> bool:
    return any(root.digest == stored.root.digest and name != stored.name for name, root in context.models.all().items())


def is_name(text: str) -> bool:
    """Whether a model can be called so: by Ollama's rules, or as an OCI reference with a tag."""
    try:
        return bool(spellings(text)) and "@" not in text
    except UsageError:
        return False


def may_be_made(text: str) -> bool:
    """Whether a new model may be called so: of OCI's names, those that Ollama refuses have a registry in front."""
    if not is_name(text):
        return False
    try:
        OllamaName.parse(text)
    except UsageError:
        return is_host(text.partition("/")[0])
    return True


def target(context: Context, text: str) -> str:
    """Return what a new model is called in the store: an existing name if it differs in its case only.

    Raises:
        UsageError: if the text is no name.
    """
    stored = context.models.find(text)
    if stored is not None:
        return stored.name
    return spellings(text)[-1]

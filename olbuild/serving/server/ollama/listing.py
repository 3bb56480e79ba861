"""``GET /api/tags`` and ``GET /api/ps``."""

from __future__ import annotations

import asyncio
from time import time_ns

from starlette.requests import Request
from starlette.responses import Response

from olbuild.running.manager.port import Running
from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context
from olbuild.serving.server.descriptions import Description, capabilities, describe
from olbuild.serving.server.models import Stored
from olbuild.serving.server.ollama.details import details, local_stamp
from olbuild.serving.wire.times import nanoseconds, stamp

_FOR_EVER = "2318-01-01T00:00:00Z"  # what clients take for never: more than twenty years ahead


async def tags(context: Context, _request: Request) -> Response:
    """List the models of the store, the newest first."""
    found = await asyncio.to_thread(descriptions, context)
    return answer({"models": [_listed(each) for each in found]})


def descriptions(context: Context) -> list[Description]:
    """Describe all models of the store, the newest first. Blocks."""
    models = context.models
    found = [describe(models, Stored(name=name, root=root)) for name, root in models.all().items()]
    return sorted(found, key=lambda each: each.modified, reverse=True)


def _listed(description: Description) -> dict[str, object]:
    name = description.stored.name
    summary = description.summary
    found = details(summary)
    able: dict[str, object] = {}
    if summary is not None:
        lengths = {"context_length": summary.context_length, "embedding_length": summary.embedding_length}
        found |= {key: length for key, length in lengths.items() if length}
        able = {"capabilities": capabilities(summary)}
    return {
        "name": name,
        "model": name,
        "modified_at": local_stamp(description.modified),
        "size": description.size,
        "digest": description.digest.hex,
        "details": found,
        **able,
    }


async def ps(context: Context, _request: Request) -> Response:
    """List the models that are loaded, the one that stays longest first."""
    running = context.manager.running()
    found = await asyncio.to_thread(lambda: [_running(context, each) for each in running])
    return answer({"models": found})


def _running(context: Context, running: Running) -> dict[str, object]:
    stored = context.models.all().get(running.name)
    root = stored if stored is not None else running.root
    description = describe(context.models, Stored(name=running.name, root=running.root))
    ends = _FOR_EVER if running.expires is None else stamp(time_ns() + nanoseconds(running.expires))
    return {
        "name": running.name,
        "model": running.name,
        "size": running.memory,
        "digest": root.digest.hex,
        "details": details(description.summary),
        "expires_at": ends,
        "size_vram": running.gpu_memory,
        "context_length": running.context,
    }

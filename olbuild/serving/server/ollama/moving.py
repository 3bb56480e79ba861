"""``POST /api/pull`` and ``POST /api/push``."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from starlette.requests import Request
from starlette.responses import Response

from olbuild.api.transfer import pull as pull_artifact
from olbuild.api.transfer import push as push_artifact
from olbuild.api.workspace import Workspace
from olbuild.core.errors import NotFoundError, UsageError
from olbuild.core.events import Emit
from olbuild.core.names import Reference
from olbuild.serving.server.background import in_background
from olbuild.serving.server.context import Context
from olbuild.serving.server.ollama.lines import last_or_lines
from olbuild.serving.server.ollama.managing import is_name
from olbuild.serving.server.ollama.progress import Progress
from olbuild.serving.wire.binding import read
from olbuild.serving.wire.ollama import PullRequest, PushRequest


async def pull(context: Context, request: Request) -> Response:
    """Bring a model into the store. One without a registry that is there already is not asked for again."""
    wanted = await context.bodies.read(request, read, PullRequest)
    name = wanted.model or wanted.name
    if not is_name(name):
        raise UsageError("invalid model name")
    lines = pulled(context, name, insecure=wanted.insecure)
    return await last_or_lines(context, request, lines, stream=wanted.stream is not False)


async def pulled(context: Context, name: str, *, insecure: bool = False) -> AsyncGenerator[dict[str, object], None]:
    """Bring a model into the store, and yield the lines of its progress.

    Raises:
        OlbuildError: as it fails.
    """
    yield {"status": "pulling manifest"}
    if _host(name) is not None or context.models.find(name) is None:

        def work(emit: Emit) -> None:
            pull_artifact(_workspace(context, name, emit, insecure=insecure), name)

        progress = Progress("pulling")
        async for event in in_background(work):
            for line in progress.lines(event):
                yield line
        for status in ("verifying sha256 digest", "writing manifest"):
            yield {"status": status}
    yield {"status": "success"}


async def push(context: Context, request: Request) -> Response:
    """Copy a model to the registry that its name says, or to the default one."""
    wanted = await context.bodies.read(request, read, PushRequest)
    name = wanted.model or wanted.name
    if not name:
        raise UsageError("model is required")
    return await last_or_lines(context, request, _pushed(context, name, wanted), stream=wanted.stream is not False)


async def _pushed(context: Context, name: str, wanted: PushRequest) -> AsyncGenerator[dict[str, object], None]:
    yield {"status": "retrieving manifest"}
    stored = context.models.find(name) if is_name(name) else None
    if stored is None:
        yield {"status": "couldn't retrieve manifest"}
        raise NotFoundError(f"model '{name}' not found")

    def work(emit: Emit) -> None:
        push_artifact(_workspace(context, name, emit, insecure=wanted.insecure), stored.name)

    progress = Progress("pushing")
    async for event in in_background(work):
        for line in progress.lines(event):
            yield line
    for status in ("pushing manifest", "success"):
        yield {"status": status}


def _host(name: str) -> str | None:
    try:
        return Reference.parse(name).host
    except UsageError:
        return None


def _workspace(context: Context, name: str, emit: Emit, *, insecure: bool) -> Workspace:
    """Return a workspace of one request: its progress is its own."""
    config, host = context.workspace.config, _host(name)
    return Workspace(config.speaking_plainly(host) if insecure and host else config, emit)

"""``POST /infill``."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from starlette.requests import Request
from starlette.responses import Response

from olbuild.core.errors import UsageError
from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context
from olbuild.serving.server.events import events
from olbuild.serving.server.finding import found, needs, signed, using
from olbuild.serving.server.openai.errors import trouble
from olbuild.serving.server.several import together
from olbuild.serving.server.streams import attended
from olbuild.serving.server.uses import merged
from olbuild.serving.wire.events import event
from olbuild.serving.wire.extra.infill import InfillPart, InfillRequest, as_complete, parts
from olbuild.serving.wire.strict import decode


async def infill(context: Context, request: Request) -> Response:
    """Fill in what stands between two pieces of code."""
    asked = await context.bodies.read(request, decode, InfillRequest)
    question = signed(request, as_complete(asked))
    model = await found(context, asked.model or _loaded(context))

    async def pieces() -> AsyncGenerator[bytes, None]:
        async with using(context, request, model, needs(question)) as handle:
            async for _, heard in together(handle, [question]):
                for part in parts(model.name, heard):
                    yield event(part)

    async def whole() -> InfillPart:
        async with using(context, request, model, needs(question)) as handle:
            text, done = await merged(handle.ask(question))
        (last,) = parts(model.name, done, text.content)
        return last

    if asked.stream:
        return await events(context, request, pieces(), trouble)
    return answer(await attended(request, whole()))


def _loaded(context: Context) -> str:
    """Return the model that is loaded, for editors that know of one model only.

    Raises:
        UsageError: if none is, or several are.
    """
    running = context.manager.running()
    if len(running) != 1:
        raise UsageError("$.model is missing", hint="name the model, or load exactly one")
    return running[0].name

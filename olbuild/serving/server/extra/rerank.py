"""``POST /v1/rerank``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from olbuild.running.requests import Scores
from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context
from olbuild.serving.server.finding import found, only, signed_plain, using
from olbuild.serving.server.streams import attended
from olbuild.serving.wire.extra import rerank as wire
from olbuild.serving.wire.strict import decode


async def rerank(context: Context, request: Request) -> Response:
    """Put documents in the order in which they fit a query."""
    asked = await context.bodies.read(request, decode, wire.RerankRequest)
    question = signed_plain(request, wire.as_rerank(asked))
    model = await found(context, asked.model)

    async def work() -> wire.RerankAnswer:
        async with using(context, request, model, ("rerank",)) as handle:
            return wire.answer(asked, await only(handle, question, Scores))

    return answer(await attended(request, work()))

"""``POST /api/tokenize`` and ``/api/detokenize``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from olbuild.running.requests import Rendered, Tokens
from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context
from olbuild.serving.server.finding import found, only, using
from olbuild.serving.server.streams import attended
from olbuild.serving.wire.extra.tokens import (
    DetokenizeAnswer,
    DetokenizeRequest,
    TokenizeAnswer,
    TokenizeRequest,
    as_detokenize,
    as_tokenize,
)
from olbuild.serving.wire.strict import decode


async def tokenize(context: Context, request: Request) -> Response:
    """Cut a text into tokens."""
    asked = await context.bodies.read(request, decode, TokenizeRequest)
    question = as_tokenize(asked)
    model = await found(context, asked.model)

    async def work() -> TokenizeAnswer:
        async with using(context, request, model) as handle:
            cut = await only(handle, question, Tokens)
        return TokenizeAnswer(model=model.name, tokens=list(cut.tokens), count=cut.count)

    return answer(await attended(request, work()))


async def detokenize(context: Context, request: Request) -> Response:
    """Put tokens together."""
    asked = await context.bodies.read(request, decode, DetokenizeRequest)
    question = as_detokenize(asked)
    model = await found(context, asked.model)

    async def work() -> DetokenizeAnswer:
        async with using(context, request, model) as handle:
            text = await only(handle, question, Rendered)
        return DetokenizeAnswer(model=model.name, content=text.text)

    return answer(await attended(request, work()))

"""``POST /v1/messages`` and ``/v1/messages/count_tokens``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from olbuild.running.requests import CountTokens, Tokens
from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context
from olbuild.serving.server.errors import Failure
from olbuild.serving.server.events import events
from olbuild.serving.server.finding import fitting, found, only, signed, using
from olbuild.serving.server.identity import request_id
from olbuild.serving.server.several import together
from olbuild.serving.server.streams import attended
from olbuild.serving.wire.anthropic.answer import MessageOut, TokenCount
from olbuild.serving.wire.anthropic.asking import MessagesRequest, as_chat, check
from olbuild.serving.wire.anthropic.errors import error_answer
from olbuild.serving.wire.anthropic.stream import MessageStream
from olbuild.serving.wire.events import event
from olbuild.serving.wire.identifiers import fresh
from olbuild.serving.wire.strict import decode


def shape(failure: Failure) -> object:
    """Return an error as Anthropic has it."""
    return error_answer(failure.status, failure.message, request_id())


async def messages(context: Context, request: Request) -> Response:
    """Answer a conversation."""
    asked = await context.bodies.read(request, decode, MessagesRequest)
    check(asked)
    question = signed(request, as_chat(asked))
    model = await found(context, asked.model)
    writer = MessageStream(fresh("msg_"), model.name, asked.stop_sequences or ())

    async def pieces() -> AsyncGenerator[bytes, None]:
        async with using(context, request, model) as handle:
            fits = fitting(handle, model, question)
            counting = asyncio.create_task(only(handle, CountTokens(request=fits), Tokens))
            try:
                begun = False
                async for _, heard in together(handle, [fits]):
                    if not begun:  # what is refused before anything was said has a status of its own
                        begun = True
                        for each in writer.begin((await counting).count):
                            yield event(each, each.name)
                    for each in writer.take(heard):
                        yield event(each, each.name)
            finally:
                counting.cancel()
                await asyncio.gather(counting, return_exceptions=True)

    async def whole() -> MessageOut:
        async with using(context, request, model) as handle:
            async for _, heard in together(handle, [fitting(handle, model, question)]):
                for _ in writer.take(heard):
                    pass
        return writer.message

    if asked.stream:
        return await events(context, request, pieces(), _trouble)
    return answer(await attended(request, whole()))


async def count(context: Context, request: Request) -> Response:
    """Say how many tokens a conversation has, as the template of the model writes it; also one that is too long."""
    asked = await context.bodies.read(request, decode, MessagesRequest)
    check(asked, counts=True)
    question = msgspec.structs.replace(signed(request, as_chat(asked)), truncate=False)
    model = await found(context, asked.model)

    async def work() -> TokenCount:
        async with using(context, request, model) as handle:
            counted = await only(handle, CountTokens(request=fitting(handle, model, question)), Tokens)
        return TokenCount(input_tokens=counted.count)

    return answer(await attended(request, work()))


def _trouble(failure: Failure) -> Iterator[bytes]:
    yield event(shape(failure), "error")

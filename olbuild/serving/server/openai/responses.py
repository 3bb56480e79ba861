"""``POST /v1/responses``."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from olbuild.running.requests import Chat, Delta, Done
from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context
from olbuild.serving.server.errors import Failure
from olbuild.serving.server.events import events
from olbuild.serving.server.finding import Found, found, needs, signed, using
from olbuild.serving.server.several import together
from olbuild.serving.server.streams import attended
from olbuild.serving.wire.events import event
from olbuild.serving.wire.identifiers import fresh
from olbuild.serving.wire.openai.sampling import completed
from olbuild.serving.wire.responses.answer import Response as Answer
from olbuild.serving.wire.responses.answer import begun
from olbuild.serving.wire.responses.asking import ResponsesRequest, as_chat
from olbuild.serving.wire.responses.stream import ResponseStream
from olbuild.serving.wire.strict import decode


async def responses(context: Context, request: Request) -> Response:
    """Answer a conversation that is made of items."""
    asked = await context.bodies.read(request, decode, ResponsesRequest)
    question = signed(request, as_chat(asked))
    model = await found(context, asked.model)
    question = msgspec.structs.replace(question, options=completed(question.options, model.parameters))
    response = begun(fresh("resp_"), int(time.time()), asked, question, model.parameters)
    writer = ResponseStream(response, fresh, lambda: int(time.time()), question.logprobs)

    heard = _heard(context, request, model, question)
    if asked.stream:
        return await events(context, request, _pieces(writer, heard), partial(_trouble, writer))
    return answer(await attended(request, _whole(writer, heard)))


async def _heard(
    context: Context, request: Request, model: Found, question: Chat
) -> AsyncGenerator[Delta | Done, None]:
    async with using(context, request, model, needs(question)) as handle:
        if not question.messages:  # nothing is asked: the model is loaded, as in Ollama
            yield Done(finish="stop")
            return
        async for _, each in together(handle, [question]):
            yield each


async def _pieces(writer: ResponseStream, heard: AsyncGenerator[Delta | Done, None]) -> AsyncGenerator[bytes, None]:
    begun = False
    async with aclosing(heard):
        async for said in heard:
            if not begun:  # what is refused before anything was said has a status of its own
                begun = True
                for each in writer.begin():
                    yield event(each, each.name)
            for each in writer.take(said):
                yield event(each, each.name)


async def _whole(writer: ResponseStream, heard: AsyncGenerator[Delta | Done, None]) -> Answer:
    async with aclosing(heard):
        async for said in heard:
            for _ in writer.take(said):
                pass
    return writer.response


def _trouble(writer: ResponseStream, failure: Failure) -> Iterator[bytes]:
    for each in writer.fail(failure.message):
        yield event(each, each.name)

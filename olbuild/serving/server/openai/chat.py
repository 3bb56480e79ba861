"""``POST /v1/chat/completions``."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context
from olbuild.serving.server.events import events
from olbuild.serving.server.finding import found, needs, signed, using
from olbuild.serving.server.openai.errors import trouble
from olbuild.serving.server.several import all_of, together
from olbuild.serving.server.streams import attended
from olbuild.serving.wire.events import DONE, event
from olbuild.serving.wire.identifiers import fresh
from olbuild.serving.wire.openai.chat import ChatRequest, as_chat
from olbuild.serving.wire.openai.chat_answer import ChatStream, Completion, completion
from olbuild.serving.wire.openai.sampling import completed, seeded
from olbuild.serving.wire.strict import decode


async def chat(context: Context, request: Request) -> Response:
    """Answer a conversation, once or several times."""
    asked = await context.bodies.read(request, decode, ChatRequest)
    count, question = asked.answers, signed(request, as_chat(asked))
    model = await found(context, asked.model)
    question = msgspec.structs.replace(question, options=completed(question.options, model.parameters))
    questions = [seeded(question, number) for number in range(count)]
    identifier, created = fresh("chatcmpl-"), int(time.time())

    async def chunks() -> AsyncGenerator[bytes, None]:
        writer = ChatStream(identifier, created, model.name, question.logprobs)
        async with using(context, request, model, needs(question)) as handle:
            async for number, heard in together(handle, questions):
                for chunk in writer.take(number, heard):
                    yield event(chunk)
        if asked.with_usage:
            yield event(writer.usage())
        yield DONE

    async def whole() -> Completion:
        async with using(context, request, model, needs(question)) as handle:
            answers = await all_of(handle, questions)
        return completion(identifier, created, model.name, answers, question.logprobs)

    if asked.stream:
        return await events(context, request, chunks(), trouble)
    return answer(await attended(request, whole()))

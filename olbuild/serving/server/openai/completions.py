"""``POST /v1/completions``."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from olbuild.running.requests import Complete
from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context
from olbuild.serving.server.events import events
from olbuild.serving.server.finding import Found, found, needs, signed, using
from olbuild.serving.server.openai.errors import trouble
from olbuild.serving.server.several import all_of, together
from olbuild.serving.server.streams import attended
from olbuild.serving.wire.events import DONE, event
from olbuild.serving.wire.identifiers import fresh
from olbuild.serving.wire.openai.completion_answer import TextCompletion, TextWriter
from olbuild.serving.wire.openai.completions import CompletionRequest, as_completes
from olbuild.serving.wire.openai.sampling import completed, seeded
from olbuild.serving.wire.strict import decode


async def completions(context: Context, request: Request) -> Response:
    """Continue prompts, each once or several times; without one, load the model."""
    asked = await context.bodies.read(request, decode, CompletionRequest)
    count, prompts = asked.answers, as_completes(asked)
    model = await found(context, asked.model)
    questions = [_question(request, model, seeded(prompt, number)) for prompt in prompts for number in range(count)]
    echoes = [prompt.prompt if asked.echo else "" for prompt in prompts]
    writer = TextWriter(
        fresh("cmpl-"),
        int(time.time()),
        model.name,
        echoes,
        each=count,
        logprobs=asked.logprobs,
        counting=asked.with_usage,
    )
    needed = needs(questions[0]) if questions else ()

    async def parts() -> AsyncGenerator[bytes, None]:
        async with using(context, request, model, needed) as handle:
            async for number, heard in together(handle, questions):
                for part in writer.take(number, heard):
                    yield event(part)
        if not questions:
            yield event(writer.loaded(streamed=True))
        if asked.with_usage:
            yield event(writer.usage())
        yield DONE

    async def whole() -> TextCompletion:
        async with using(context, request, model, needed) as handle:
            return writer.whole(await all_of(handle, questions)) if questions else writer.loaded()

    if asked.stream:
        return await events(context, request, parts(), trouble)
    return answer(await attended(request, whole()))


def _question(request: Request, model: Found, question: Complete) -> Complete:
    options = completed(question.options, model.parameters)
    return signed(request, msgspec.structs.replace(question, options=options))

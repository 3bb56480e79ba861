"""What answers have in common: a model is used, asked, and what it says becomes chunks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import perf_counter
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from olbuild.core.errors import ModelfileError
from olbuild.running.manager.port import Handle
from olbuild.running.requests import Chat, Complete, Delta, Done, Render, Rendered
from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context
from olbuild.serving.server.errors import Problem, words_of
from olbuild.serving.server.finding import only
from olbuild.serving.server.ollama.asking import Asked
from olbuild.serving.server.ollama.lines import lines
from olbuild.serving.server.streams import attended
from olbuild.serving.server.uses import merged, require
from olbuild.serving.wire.times import nanoseconds, now

Style: TypeAlias = Callable[[Delta, int], dict[str, object]]
"""Says a part of an answer as ``generate`` or ``chat`` do; the number counts the calls before it."""


async def load(context: Context, request: Request, asked: Asked, style: Style) -> Response:
    """Answer a request that asks for nothing: load the model, or unload it if it shall not stay."""
    if asked.keep_alive == 0:
        await context.unload(asked.stored)
        return answer({**_chunk(asked, style(Delta(), 0)), "done": True, "done_reason": "unload"})

    async def work() -> None:
        async with _use(context, asked):
            pass

    await attended(request, work())
    return answer({**_chunk(asked, style(Delta(), 0)), "done": True, "done_reason": "load"})


async def debug(
    context: Context, request: Request, asked: Asked, question: Chat | Complete, parts: dict[str, object]
) -> Response:
    """Answer with the prompt that the model would be given, and with some parts that mean nothing."""

    async def work() -> Rendered:
        async with _use(context, asked) as handle:
            require(handle, asked.model, asked.needed)
            return await only(handle, Render(request=question), Rendered)

    rendered = await attended(request, work())
    info: dict[str, object] = {"rendered_template": rendered.text}
    if rendered.images:
        info["image_count"] = rendered.images
    return answer({**_chunk(asked, parts), "done": False, "_debug_info": info})


async def answered(
    context: Context, request: Request, asked: Asked, question: Chat | Complete, style: Style
) -> Response:
    """Answer, at once or in a stream."""
    begun = perf_counter()

    loaded = begun

    def end(parts: dict[str, object], done: Done) -> dict[str, object]:
        return {**_chunk(asked, parts), **_end(done, perf_counter() - begun, loaded - begun)}

    async def chunks() -> AsyncGenerator[object, None]:
        nonlocal loaded
        called = 0
        async with _use(context, asked) as handle:
            loaded = perf_counter()
            require(handle, asked.model, asked.needed)
            async for event in handle.ask(question):
                if isinstance(event, Delta):
                    yield {**_chunk(asked, style(event, called)), "done": False}
                    called += len(event.calls)
                elif isinstance(event, Done):
                    yield end(style(Delta(), 0), event)

    async def whole() -> object:
        nonlocal loaded
        async with _use(context, asked) as handle:
            loaded = perf_counter()
            require(handle, asked.model, asked.needed)
            delta, done = await merged(handle.ask(question))
            return end(style(delta, 0), done)

    if asked.stream:
        return await lines(context, request, chunks())
    return answer(await attended(request, whole()))


@asynccontextmanager
async def _use(context: Context, asked: Asked) -> AsyncIterator[Handle]:
    """Use the model. Ollama answers with 500 where a request has a template that is none."""
    try:
        async with context.use(
            asked.stored, options=asked.options, keep_alive=asked.keep_alive, client=asked.client
        ) as handle:
            yield handle
    except ModelfileError as error:
        raise Problem(500, f"template: {words_of(error)}") from None


def _chunk(asked: Asked, parts: dict[str, object]) -> dict[str, object]:
    return {"model": asked.model, "created_at": now(), **parts}


def _end(done: Done, seconds: float, load_seconds: float) -> dict[str, object]:
    """Return what the last chunk says beyond its part of the answer; zeros are left out."""
    figures = {
        "total_duration": nanoseconds(seconds),
        "load_duration": nanoseconds(load_seconds),
        "prompt_eval_count": done.prompt_tokens,
        "prompt_eval_duration": nanoseconds(done.prompt_seconds),
        "eval_count": done.tokens,
        "eval_duration": nanoseconds(done.generation_seconds),
    }
    said: dict[str, object] = {"done": True, "done_reason": "length" if done.finish == "length" else "stop"}
    if done.context:
        said["context"] = done.context
    return said | {name: value for name, value in figures.items() if value}

"""``POST /api/embed``, and ``/api/embeddings``, which is older."""

from __future__ import annotations

import asyncio
from math import isfinite
from time import perf_counter

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from olbuild.core.errors import EngineError, UnsupportedError, UsageError
from olbuild.running.requests import Embed, Embeddings
from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context, client_of
from olbuild.serving.server.errors import Problem
from olbuild.serving.server.finding import only
from olbuild.serving.server.models import Stored
from olbuild.serving.server.ollama.options import read_options
from olbuild.serving.server.streams import attended
from olbuild.serving.server.uses import find, require
from olbuild.serving.wire.binding import read
from olbuild.serving.wire.keepalive import read_keep_alive
from olbuild.serving.wire.ollama import EmbeddingRequest, EmbedRequest
from olbuild.serving.wire.times import nanoseconds
from olbuild.serving.wire.vectors import as_floats

_MOST_INPUTS = 8192  # Ollama has no bound, and OpenAI 2048; the vectors of all are in memory at once
_MISSING = 'model "{}" not found, try pulling it first'
_NO_EMBEDDINGS = '"{}" makes no embeddings: it generates text; name a model that was made for them'


async def embed(context: Context, request: Request) -> Response:
    """Embed texts, each to a vector of length 1."""
    wanted = await context.bodies.read(request, read, EmbedRequest)
    texts = _texts(wanted.input)
    missing = _MISSING if wanted.model else "model '{}' not found"
    stored = find(context, wanted.model, invalid="model is required", missing=missing)
    question = Embed(
        inputs=texts,
        truncate=wanted.truncate is not False,
        dimensions=max(0, wanted.dimensions),
        client=client_of(request),
    )
    found, seconds, load_seconds = await _embedded(context, request, stored, question, wanted, status=501)
    figures = {
        "total_duration": nanoseconds(seconds),
        "load_duration": nanoseconds(load_seconds),
        "prompt_eval_count": found.prompt_tokens,
    }
    vectors = await asyncio.to_thread(lambda: [vector(each) for each in found.vectors])  # it may be millions of numbers
    counted = {name: value for name, value in figures.items() if value and texts}
    return answer({"model": wanted.model, "embeddings": vectors, **counted})


async def embeddings(context: Context, request: Request) -> Response:
    """Embed one text, to a vector as the model makes it."""
    wanted = await context.bodies.read(request, read, EmbeddingRequest)
    if not wanted.model:
        raise UsageError("model is required")
    stored = find(context, wanted.model, invalid="model is required", missing=_MISSING)
    inputs = (wanted.prompt,) if wanted.prompt else ()
    question = Embed(inputs=inputs, normalise=False, client=client_of(request))
    found, _, _ = await _embedded(context, request, stored, question, wanted, status=500)
    return answer({"embedding": vector(found.vectors[0]) if found.vectors else []})


async def _embedded(
    context: Context,
    request: Request,
    stored: Stored,
    question: Embed,
    wanted: EmbedRequest | EmbeddingRequest,
    *,
    status: int,
) -> tuple[Embeddings, float, float]:
    """Return vectors, and the seconds that they took, in all and for loading; without a text the model is loaded only.

    One that is there takes only the time to see it. As in Ollama that is never zero: clients require the figure.

    Raises:
        Problem: with the given status, if the model makes no embeddings.
    """
    options, keep_alive = read_options(wanted.options), read_keep_alive(wanted.keep_alive)

    async def work() -> tuple[Embeddings, float]:
        async with context.use(stored, options=options, keep_alive=keep_alive, client=question.client) as handle:
            load_seconds = handle.load_seconds or perf_counter() - begun
            if not question.inputs:
                return Embeddings(vectors=()), load_seconds
            try:
                require(handle, wanted.model, ("embedding",))
                return await only(handle, question, Embeddings), load_seconds
            except UnsupportedError:
                raise Problem(status, _NO_EMBEDDINGS.replace("{}", wanted.model)) from None

    begun = perf_counter()
    found, load_seconds = await attended(request, work())
    return found, perf_counter() - begun, load_seconds


def _texts(value: object) -> tuple[str, ...]:
    match value:
        case None | "":
            return ()
        case str():
            return (value,)
        case list() if len(value) > _MOST_INPUTS:
            raise UsageError(f"there are {len(value)} inputs, and may be {_MOST_INPUTS}")
        case list() if all(isinstance(each, str) for each in value):
            return tuple(value)
        case _:
            raise UsageError("invalid input type")


def vector(data: bytes) -> msgspec.Raw:
    """Write numbers of 32 bits as JSON, with as many digits as they have.

    Raises:
        EngineError: if one of them is none.
    """
    values = as_floats(data)
    if not all(map(isfinite, values)):
        raise EngineError("the model made an embedding with a number that is none")
    return msgspec.Raw(f"[{','.join(map('%.9g'.__mod__, values))}]".encode())

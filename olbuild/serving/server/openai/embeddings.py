"""``POST /v1/embeddings``."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from olbuild.core.errors import UnsupportedError
from olbuild.running.requests import Embeddings
from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context
from olbuild.serving.server.errors import Problem
from olbuild.serving.server.finding import found, only, signed_plain, using
from olbuild.serving.server.streams import attended
from olbuild.serving.wire.openai.embeddings import EmbeddingList, EmbeddingRequest, as_embed, embedding_list
from olbuild.serving.wire.strict import decode


async def embeddings(context: Context, request: Request) -> Response:
    """Embed texts or tokens."""
    asked = await context.bodies.read(request, decode, EmbeddingRequest)
    question = signed_plain(request, as_embed(asked))
    model = await found(context, asked.model)

    async def work() -> EmbeddingList:
        try:
            async with using(context, request, model, ("embedding",)) as handle:
                vectors = await only(handle, question, Embeddings)
        except UnsupportedError as error:
            raise Problem(501, error.message) from None  # as Ollama's runner answers
        return await asyncio.to_thread(embedding_list, model.name, vectors, asked.encoding_format)

    return answer(await attended(request, work()))

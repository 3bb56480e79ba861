"""Streams of JSON, an object a line."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

from starlette.requests import Request
from starlette.responses import Response

from olbuild.serving.server.answers import NDJSON, encode
from olbuild.serving.server.context import Context
from olbuild.serving.server.errors import failure_of
from olbuild.serving.server.streams import streamed


async def lines(context: Context, request: Request, chunks: AsyncIterator[object]) -> Response:
    """Answer with chunks as they come. An error behind the first of them is the last line.

    Raises:
        Exception: what happens before the first chunk.
    """
    return await streamed(request, _encoded(chunks), NDJSON, context.settings.limits)


async def _encoded(chunks: AsyncIterator[object]) -> AsyncGenerator[bytes, None]:
    begun = False
    try:
        async for chunk in chunks:
            yield encode(chunk) + b"\n"
            begun = True
    except Exception as error:
        if not begun:
            raise
        yield encode({"error": failure_of(error).message}) + b"\n"

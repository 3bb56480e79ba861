"""Streams of JSON, an object a line."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response

from olbuild.core.records import replace
from olbuild.serving.server.answers import NDJSON, encode
from olbuild.serving.server.context import Context
from olbuild.serving.server.errors import Failure, failure_of
from olbuild.serving.server.streams import attended, mended, streamed

_JSON = "application/json"


async def lines(context: Context, request: Request, chunks: AsyncGenerator[object, None]) -> Response:
    """Answer with chunks as they come. An error behind the first of them is the last line.

    Raises:
        Exception: what happens before the first chunk.
    """
    return await streamed(request, mended(_encoded(chunks), _trouble), NDJSON, context.settings.limits)


async def last_or_lines(
    context: Context, request: Request, progress: AsyncGenerator[dict[str, object], None], *, stream: bool
) -> Response:
    """Answer with all lines of some progress, or with the last one only; then an error of the work is a 500 (Ollama).

    Raises:
        Exception: what happens before the first line.
    """
    if stream:
        return await lines(context, request, progress)
    begun = False
    last: dict[str, object] = {}

    async def work() -> None:
        nonlocal begun, last
        async for line in progress:
            begun, last = True, line

    try:
        await attended(request, work())
    except Exception as error:
        if not begun:
            raise
        failure: Failure = replace(failure_of(error), status=500)
        return Response(encode({"error": failure.message}), failure.status, dict(failure.headers), _JSON)
    return Response(encode(last), media_type=_JSON)


async def _encoded(chunks: AsyncGenerator[object, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(chunks):
        async for chunk in chunks:
            yield encode(chunk) + b"\n"


def _trouble(failure: Failure) -> Iterator[bytes]:
    yield encode({"error": failure.message}) + b"\n"

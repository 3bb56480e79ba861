"""Streams of server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response

from olbuild.serving.server.answers import EVENTS
from olbuild.serving.server.context import Context
from olbuild.serving.server.errors import Failure, failure_of
from olbuild.serving.server.streams import streamed


async def events(
    context: Context,
    request: Request,
    pieces: AsyncGenerator[bytes, None],
    trouble: Callable[[Failure], Iterable[bytes]],
) -> Response:
    """Answer with events as they come. ``trouble`` says how the stream ends if something fails behind the first one.

    Raises:
        Exception: what happens before the first event.
    """
    return await streamed(request, _mended(pieces, trouble), EVENTS, context.settings.limits)


async def _mended(
    pieces: AsyncGenerator[bytes, None], trouble: Callable[[Failure], Iterable[bytes]]
) -> AsyncGenerator[bytes, None]:
    begun = False
    async with aclosing(pieces):
        try:
            async for piece in pieces:
                yield piece
                begun = True
        except Exception as error:
            if not begun:
                raise
            for piece in trouble(failure_of(error)):
                yield piece

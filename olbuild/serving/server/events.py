"""Streams of server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response

from olbuild.serving.server.answers import EVENTS
from olbuild.serving.server.context import Context
from olbuild.serving.server.errors import Failure
from olbuild.serving.server.streams import mended, streamed


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
    return await streamed(request, mended(pieces, trouble), EVENTS, context.settings.limits)

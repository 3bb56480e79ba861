"""The body of a request, within limits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from io import BytesIO

from starlette.requests import ClientDisconnect, Request

from olbuild.core.errors import FormatError
from olbuild.serving.server.errors import Disconnected, Problem
from olbuild.serving.server.settings import Limits


async def body(request: Request, limits: Limits) -> bytes:
    """Return the whole body, unpacked if it is packed by Zstandard (which Ollama takes, and agents send) or gzip.

    Raises:
        Problem: if it is too large, packed in another way or badly, or stops for too long.
        Disconnected: if the client goes away.
    """
    packing = request.headers.get("content-encoding", "identity").lower()
    if packing not in ("identity", "zstd", "gzip"):
        raise Problem(415, f"the body is packed as {packing!r}, and may be as 'zstd' or 'gzip'")
    pieces = [piece async for piece in pieces_of(request, limits, limits.body_bytes)]
    whole = b"".join(pieces)
    return await asyncio.to_thread(_unpacked, whole, limits.body_bytes) if packing != "identity" else whole


def _unpacked(packed: bytes, most: int) -> bytes:
    from olbuild.storage.archive.stream import Bytes, unpacked  # noqa: PLC0415 - most requests are not packed

    try:
        whole = unpacked(Bytes(BytesIO(packed), "the body")).take(most + 1)
    except FormatError as error:
        raise Problem(400, error.message) from None
    if len(whole) > most:
        raise _too_large(most)
    return whole


async def pieces_of(request: Request, limits: Limits, most: int) -> AsyncIterator[bytes]:
    """Yield the body as it comes.

    Raises:
        Problem: if it has more than ``most`` bytes, stops for too long, or comes too slowly.
        Disconnected: if the client goes away.
    """
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdecimal() and int(announced) > most:
        raise _too_large(most)
    received, begun = 0, time.monotonic()
    stream = request.stream()
    while True:
        late = begun + limits.body_seconds + received / limits.body_rate - time.monotonic()
        try:
            async with asyncio.timeout(min(limits.body_seconds, late)):
                piece = await anext(stream, None)
        except TimeoutError:
            raise Problem(408, "the body of the request came too slowly", headers={"Connection": "close"}) from None
        except ClientDisconnect:
            raise Disconnected from None
        if piece is None:
            return
        received += len(piece)
        if received > most:
            raise _too_large(most)
        if piece:
            yield piece


def _too_large(most: int) -> Problem:
    # The rest stays unread, and so the connection cannot be used again.
    return Problem(413, f"the body of the request has more than {most} bytes", headers={"Connection": "close"})

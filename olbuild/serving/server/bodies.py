"""The bodies of requests, within limits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

from olbuild.core.errors import FormatError
from olbuild.serving.server.errors import Disconnected, Problem
from olbuild.serving.server.settings import Limits

S = TypeVar("S")

_LONG = 64 << 10  # bytes from which on reading JSON may take longer than others can wait
_SOON = "5"  # seconds


class Bodies:
    """Reads bodies, and keeps count of what those hold in memory that are not read to their end."""

    def __init__(self, limits: Limits) -> None:
        """Begin without any."""
        self._limits = limits
        self._held = 0

    async def read(self, request: Request, decode: Callable[[bytes, type[S]], S], kind: type[S]) -> S:
        """Return what a body says, which may be packed by Zstandard (Ollama takes that, and agents send it) or gzip.

        Args:
            request: whose body it is.
            decode: reads it; a long one in a thread.
            kind: what it shall be.

        Raises:
            UsageError: as it cannot be decoded.
            Problem: if it is too large, packed in another way or badly, comes too slowly, or there is no room for it.
            Disconnected: if the client goes away.
        """
        packing = request.headers.get("content-encoding", "identity").lower()
        if packing not in ("identity", "zstd", "gzip"):
            raise Problem(415, f"the body is packed as {packing!r}, and may be as 'zstd' or 'gzip'")
        most = self._limits.body_bytes
        pieces: list[bytes] = []
        held = 0
        try:
            async for piece in pieces_of(request, self._limits, most):
                held += self._hold(len(piece))
                pieces.append(piece)
            data = b"".join(pieces)
            if packing != "identity":
                held += self._hold(most)
                data = await asyncio.to_thread(_unpacked, data, most)
            return decode(data, kind) if len(data) < _LONG else await asyncio.to_thread(decode, data, kind)
        finally:
            self._held -= held

    def _hold(self, size: int) -> int:
        if self._held + size > self._limits.bodies_bytes:
            raise Problem(503, "the server is busy with large requests", headers={"Retry-After": _SOON})
        self._held += size
        return size


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
    # The connection stays, and what is still sent is dropped for a time: many clients listen only when all is sent.
    return Problem(413, f"the body of the request has more than {most} bytes")

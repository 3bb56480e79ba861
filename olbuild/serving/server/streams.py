"""Answers that are streamed: what is there is sent together, who leaves stops the work, and who reads slowly is cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import aclosing
from typing import Any, TypeAlias, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from olbuild.serving.server.errors import Disconnected, Failure, failure_of
from olbuild.serving.server.settings import Limits

T = TypeVar("T")
Pieces: TypeAlias = AsyncGenerator[bytes, None]
ABORT = "olbuild.abort"
"""Where the scope of a request has a function that ends its connection at once, unsent bytes and all."""


async def streamed(request: Request, pieces: Pieces, media_type: str, limits: Limits) -> Response:
    """Answer with pieces, as soon as the first of them is there.

    Between two of them may be any time. Those that wait when the client is ready for more go to it in one write. The
    iteration is left early if the client goes away. An error behind the first piece is a piece, too: the iteration
    then yields it, and ends. All of it runs in one task.

    Raises:
        Exception: what the iteration raises before its first piece.
    """
    pipe = _Pipe(limits.queued_bytes)
    pump = asyncio.create_task(pipe.fill(pieces))
    watch = asyncio.create_task(_left(request.receive))
    watch.add_done_callback(lambda _: pipe.end())
    try:
        await pipe.ready()
        if pump.done() and not watch.done():
            await pump  # raises what it failed with
    except BaseException:
        await _end(pump, watch)
        raise
    return _Streamed(pipe, pump, watch, media_type, limits)


async def mended(pieces: Pieces, trouble: Callable[[Failure], Iterable[bytes]]) -> AsyncGenerator[bytes, None]:
    """Yield pieces, and in place of an error behind the first of them what ``trouble`` says about it.

    Raises:
        Exception: what is raised before the first piece.
    """
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


class _Streamed(Response):
    """A response whose work has begun; it must be called."""

    def __init__(
        self, pipe: _Pipe, pump: asyncio.Task[None], watch: asyncio.Task[None], media_type: str, limits: Limits
    ) -> None:
        super().__init__(status_code=200)
        del self.headers["content-length"]
        self.headers["content-type"] = media_type
        self.headers["cache-control"] = "no-cache"
        self.headers["x-accel-buffering"] = "no"  # of nginx in front
        self._pipe, self._pump, self._watch, self._limits = pipe, pump, watch, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - heard in streamed
        try:
            await self._send(scope, send, {"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while data := await self._pipe.take():
                if self._watch.done():
                    raise Disconnected
                await self._send(scope, send, {"type": "http.response.body", "body": data, "more_body": True})
            if self._watch.done():
                raise Disconnected
            await self._pump
            await self._send(scope, send, {"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await _end(self._pump, self._watch)

    async def _send(self, scope: Scope, send: Send, message: Message) -> None:
        try:
            async with asyncio.timeout(self._limits.write_seconds):
                await send(message)
        except TimeoutError:
            abort: Callable[[], None] | None = scope.get(ABORT)
            if abort is not None:
                abort()
            raise Disconnected from None


class _Pipe:
    """Bytes between a model and its client. The model waits while there are more than so many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: list[bytes] = []
        self._size = 0
        self._ended = False
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()

    async def fill(self, pieces: Pieces) -> None:
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    self._waiting.append(piece)
                    self._size += len(piece)
                    self._filled.set()
                    while self._size > self._most:
                        self._emptied.clear()
                        await self._emptied.wait()
        finally:
            self.end()

    async def ready(self) -> None:
        """Wait until there is something, or the end."""
        while not self._waiting and not self._ended:
            self._filled.clear()
            await self._filled.wait()

    async def take(self) -> bytes:
        """Return all that waits, at least a byte; nothing at the end."""
        await self.ready()
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        self._emptied.set()
        return data

    def end(self) -> None:
        self._ended = True
        self._filled.set()


async def attended(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what some work for a client returns; it is cancelled if the client goes away. The body is read already.

    Raises:
        Disconnected: if it did.
    """
    task = asyncio.create_task(work)
    watch = asyncio.create_task(_left(request.receive))
    try:
        await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise Disconnected
    finally:
        await _end(task, watch)


async def _left(receive: Receive) -> None:
    """Return when the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

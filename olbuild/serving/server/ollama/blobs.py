"""``HEAD`` and ``POST /api/blobs/DIGEST``: files that a client sends for ``create``."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from olbuild.core.content import BytesContent
from olbuild.core.errors import FormatError, IntegrityError, OlbuildError, UsageError
from olbuild.core.names import Digest
from olbuild.serving.server.bodies import pieces_of
from olbuild.serving.server.context import Context
from olbuild.storage.store import Store

_PIECE = 4 << 20  # bytes that are written at once


async def head(context: Context, request: Request) -> Response:
    """Say whether a file is here."""
    there = await asyncio.to_thread(_has, context, read_digest(request.path_params["digest"]))
    return Response(status_code=200 if there else 404)


async def post(context: Context, request: Request) -> Response:
    """Take a file, if it has the digest."""
    digest = read_digest(request.path_params["digest"])
    context.recent.keep(digest)
    if await asyncio.to_thread(_has, context, digest):
        return Response(status_code=200)
    store = context.workspace.store
    word = await asyncio.to_thread(store.uploads.begin)
    try:
        await _receive(context, request, store, word, digest)
    except BaseException:
        with suppress(OlbuildError):
            store.uploads.cancel(word)
        context.recent.release([digest])
        raise
    return Response(status_code=201)


async def _receive(context: Context, request: Request, store: Store, word: str, digest: Digest) -> None:
    limits = context.settings.limits
    opened = store.uploads.open(word)
    upload = await asyncio.to_thread(opened.__enter__)

    async def write(data: bytes) -> None:
        await asyncio.to_thread(upload.append, BytesContent(data).open(), len(data))

    try:
        waiting = bytearray()
        async for piece in pieces_of(request, limits, limits.upload_bytes):
            waiting += piece
            if len(waiting) >= _PIECE:
                await write(bytes(waiting))
                waiting.clear()
        await write(bytes(waiting))
        await asyncio.to_thread(upload.finish, digest, store.layout.blobs)
    except IntegrityError:
        found = f"sha256:{upload.hash.hexdigest()}" if upload.hash is not None else "another one"
        raise UsageError(f'digest mismatch, expected "{digest}", got "{found}"') from None
    finally:
        await asyncio.to_thread(opened.__exit__, None, None, None)


def read_digest(text: str) -> Digest:
    """Read a digest as Ollama's clients write it, ``sha256:`` or ``sha256-`` in front.

    Raises:
        UsageError: if it is none.
    """
    try:
        return Digest.parse(text.replace("sha256-", "sha256:", 1))
    except FormatError:
        raise UsageError("invalid digest format") from None


def _has(context: Context, digest: Digest) -> bool:
    return context.workspace.store.layout.blobs.size(digest) is not None

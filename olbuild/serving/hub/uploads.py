"""Uploads: whole, in one request, or in chunks that can be taken up again (distribution-spec, "Pushing blobs")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from olbuild.core.errors import IntegrityError, NotFoundError
from olbuild.core.names import Digest
from olbuild.serving.hub.context import Context, blob_path
from olbuild.serving.hub.errors import Problem, digest_invalid
from olbuild.serving.hub.http import Request, Response
from olbuild.serving.hub.routes import NewUpload, OldUpload, digest_of
from olbuild.storage.store.uploads import Upload

_CONTENT_RANGE = re.compile(r"(?:bytes[ =])?([0-9]{1,19})-([0-9]{1,19})(?:/(?:[0-9]{1,19}|\*))?")


def begin(context: Context, asked: NewUpload, request: Request) -> Response:
    """Begin an upload; with ``mount`` it is done if the blob is stored, with ``digest`` the body is the whole blob.

    Raises:
        Problem: if nothing may be uploaded, or the bytes do not match the digest.
    """
    context.require_writing(asked.repository)
    mount, digest = request.query.get("mount"), request.query.get("digest")
    if mount is not None:
        wanted = digest_of(mount)
        context.recent.keep(wanted)
        if context.store.layout.blobs.size(wanted) is not None:
            return _created(asked.repository, wanted)
        context.recent.release([wanted])
    announced = digest_of(digest) if digest is not None else None
    context.store.uploads.sweep()
    word = context.store.uploads.begin()
    if announced is None:
        return _accepted(asked.repository, word, 0, request)
    return finish(context, OldUpload(asked.repository, word), request)


def append(context: Context, asked: OldUpload, request: Request) -> Response:
    """Add a chunk.

    Raises:
        Problem: if there is no such upload, or the chunk does not follow what has arrived.
    """
    context.require_writing(asked.repository)
    try:
        with _open(context, asked, request) as upload:
            _append(context, asked, upload, request)
            return _accepted(asked.repository, asked.word, upload.received, request)
    except NotFoundError as error:
        raise _unknown(error) from None


def finish(context: Context, asked: OldUpload, request: Request) -> Response:
    """Add the last chunk, if there is one, and make the upload a blob.

    Raises:
        Problem: if there is no such upload, or the bytes do not match the digest; the upload is dropped then.
    """
    context.require_writing(asked.repository)
    digest = digest_of(request.query.get("digest", ""))
    try:
        with _open(context, asked, request) as upload:
            _append(context, asked, upload, request)
            context.recent.keep(digest)
            upload.finish(digest, context.store.layout.blobs)
    except NotFoundError as error:
        raise _unknown(error) from None
    except IntegrityError as error:
        context.recent.release([digest])
        with suppress(NotFoundError):
            context.store.uploads.cancel(asked.word)
        raise digest_invalid(error.message) from None
    return _created(asked.repository, digest)


def status(context: Context, asked: OldUpload, _request: Request) -> Response:
    """Say how much of an upload has arrived.

    Raises:
        Problem: if there is no such upload.
    """
    try:
        received = context.store.uploads.received(asked.word)
    except NotFoundError as error:
        raise _unknown(error) from None
    return Response(status=204, headers=_where(asked.repository, asked.word, received))


def cancel(context: Context, asked: OldUpload, _request: Request) -> Response:
    """Drop an upload.

    Raises:
        Problem: if there is no such upload.
    """
    context.require_writing(asked.repository)
    try:
        context.store.uploads.cancel(asked.word)
    except NotFoundError as error:
        raise _unknown(error) from None
    return Response(status=204)


def _append(context: Context, asked: OldUpload, upload: Upload, request: Request) -> None:
    size = request.body.size
    stated = request.headers.get("content-range")
    if stated is not None:
        found = _CONTENT_RANGE.fullmatch(stated.strip())
        if found is None or int(found[2]) < int(found[1]) or size not in {None, int(found[2]) - int(found[1]) + 1}:
            raise Problem(400, "SIZE_INVALID", "Content-Range is no range, or not of the length of the body")
        if int(found[1]) != upload.received:
            headers = _where(asked.repository, asked.word, upload.received)
            raise Problem(416, "BLOB_UPLOAD_INVALID", f"{upload.received} bytes have arrived so far", headers)
    if size == 0:
        return
    context.store.require_space(size or 0)
    with context.uploading:
        upload.append(request.body, size)


@contextmanager
def _open(context: Context, asked: OldUpload, request: Request) -> Iterator[Upload]:
    """Open an upload, and end a request that has it open: its client has lost the connection, and come again."""
    earlier = context.writers.get(asked.word)
    if earlier is not None:
        earlier.abandon()
    with context.store.uploads.open(asked.word) as upload:
        context.writers[asked.word] = request.body
        try:
            yield upload
        finally:
            context.writers.pop(asked.word, None)


def _accepted(repository: str, word: str, received: int, request: Request) -> Response:
    """Say where to go on. Ollama takes no address without a host, and puts the scheme that it uses itself before it."""
    headers = _where(repository, word, received)
    host = request.headers.get("host")
    if host is not None:
        headers["Docker-Upload-Location"] = f"https://{host}{headers['Location']}"
    return Response(status=202, headers=headers)


def _created(repository: str, digest: Digest) -> Response:
    headers = {"Location": blob_path(repository, digest), "Docker-Content-Digest": str(digest)}
    return Response(status=201, headers=headers)


def _where(repository: str, word: str, received: int) -> dict[str, str]:
    return {
        "Location": f"/v2/{repository}/blobs/uploads/{word}",
        "Range": f"0-{max(0, received - 1)}",
        "Docker-Upload-UUID": word,
    }


def _unknown(error: NotFoundError) -> Problem:
    return Problem(404, "BLOB_UPLOAD_UNKNOWN", error.message)

"""Blobs: get with ranges, and delete (distribution-spec, "Pulling blobs", "Deleting Blobs"; RFC 9110, section 14)."""

from __future__ import annotations

import io
import re
from typing import TypeAlias

from olbuild.core.content import BytesContent, FileContent
from olbuild.core.errors import NotFoundError
from olbuild.core.names import Digest
from olbuild.core.records import Frozen
from olbuild.serving.hub.context import Context, blob_path
from olbuild.serving.hub.errors import Problem, blob_unknown, unsupported
from olbuild.serving.hub.http import FileBody, Headers, Request, Response
from olbuild.serving.hub.routes import Blob
from olbuild.serving.hub.upstream import Upstream

_RANGE = re.compile(r"\s*bytes\s*=\s*([0-9]{0,19})\s*-\s*([0-9]{0,19})\s*", re.IGNORECASE)


class _Behind(Frozen):
    """A blob that the registry behind this one has. It is fetched when bytes of it are wanted."""

    upstream: Upstream
    digest: Digest
    size: int


_Found: TypeAlias = FileContent | BytesContent | _Behind


def get(context: Context, asked: Blob, request: Request) -> Response:
    """Answer with a blob, or one range of it. Other ranges than a single one are not honoured: the whole blob comes.

    Raises:
        Problem: if there is no such blob, or nothing in that range.
    """
    content = _find(context, asked.digest)
    etag = f'"{asked.digest}"'
    headers = {
        "Content-Type": "application/octet-stream",
        "Docker-Content-Digest": str(asked.digest),
        "Accept-Ranges": "bytes",
        "ETag": etag,
    }
    span = _range(request.headers, etag, content.size)
    start, end = span or (0, content.size)
    if span is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{content.size}"
    status = 200 if span is None else 206
    if request.method == "HEAD":
        return Response(status=status, headers={**headers, "Content-Length": str(end - start)})
    # Ollama asks for this header, whatever the status, and takes the blob from where it leads.
    headers["Location"] = blob_path(asked.repository, asked.digest)
    return Response(status=status, headers=headers, body=_part(content, start, end))


def delete(context: Context, asked: Blob, _request: Request) -> Response:
    """Remove a blob that nothing needs.

    Raises:
        Problem: if there is no such blob, or something needs it.
    """
    context.require_writing(asked.repository)
    if context.store.layout.blobs.size(asked.digest) is None:
        raise blob_unknown()
    context.recent.release([asked.digest])
    if context.store.discard(asked.digest) is None:
        raise unsupported("a manifest needs this blob; delete the manifest", "GET, HEAD")
    return Response(status=202)


def _find(context: Context, digest: Digest) -> _Found:
    """Return a blob that is stored, that was made for Ollama, or that the registry behind this one has.

    Raises:
        Problem: if there is none.
    """
    try:
        return context.store.layout.blobs.fetch(digest)
    except NotFoundError:
        made = context.translation.blob(digest)
        if made is not None:
            return BytesContent(made)
        size = context.upstream.size(digest) if context.upstream is not None else None
        if size is None or context.upstream is None:
            raise blob_unknown() from None
        return _Behind(context.upstream, digest, size)


def _part(content: _Found, start: int, end: int) -> FileBody | bytes:
    if isinstance(content, BytesContent):
        return content.data[start:end]
    try:
        if isinstance(content, _Behind):
            fetch, file = content.upstream.blob(content.digest)
            return FileBody(file, start, end - start, fetch.available_or_gone)
        return FileBody(io.FileIO(content.path), start, end - start)
    except (FileNotFoundError, NotFoundError):  # collected just now, or gone there
        raise blob_unknown() from None


def _range(headers: Headers, etag: str, size: int) -> tuple[int, int] | None:
    """Return start and end (behind the last byte) of the range that is asked for; ``None`` for the whole blob."""
    found = _RANGE.fullmatch(headers.get("range", ""))
    if found is None or headers.get("if-range", etag).strip() != etag:
        return None
    first, last = found[1], found[2]
    if first:
        start, end = int(first), min(int(last) + 1, size) if last else size
    elif last:
        start, end = max(0, size - int(last)), size
    else:
        return None
    if start >= end:
        message = f"the blob has {size} bytes"
        raise Problem(416, "RANGE_INVALID", message, {"Content-Range": f"bytes */{size}"})
    return start, end

"""Manifests: get, put and delete (distribution-spec, "Pulling", "Pushing", "Content Management")."""

from __future__ import annotations

from contextlib import suppress

from olbuild.core.content import MANIFEST_LIMIT, BytesContent, Descriptor, read_verified, successors
from olbuild.core.errors import FormatError, NotFoundError
from olbuild.core.names import GRAPH_NODES, NOT_DISTRIBUTED, Digest, MediaType
from olbuild.core.records import Frozen
from olbuild.serving.hub.context import Context, manifest_path
from olbuild.serving.hub.errors import Problem, digest_invalid, manifest_unknown, unsupported
from olbuild.serving.hub.http import Request, Response
from olbuild.serving.hub.http.messages import Body
from olbuild.serving.hub.names import full_name
from olbuild.serving.hub.routes import Manifest
from olbuild.serving.hub.translation import wants_ollama
from olbuild.storage.store.blobs import recognise

_WHERE = "the manifest"


class _Pushed(Frozen):
    """A manifest that was sent: its bytes, what describes them, and what they name."""

    descriptor: Descriptor
    data: bytes
    children: tuple[Descriptor, ...]
    subject: Digest | None


def get(context: Context, asked: Manifest, request: Request) -> Response:
    """Answer with the exact bytes that were pushed, or to a stock Ollama in its format.

    Raises:
        Problem: if there is no such manifest, or Ollama's format cannot hold it.
    """
    found = context.manifest(asked.repository, asked.reference)
    if found is None:
        raise manifest_unknown()
    if wants_ollama(request) and found.media_type != MediaType.DOCKER_MANIFEST:
        try:
            return _response(*context.translation.manifest(found))
        except FormatError:
            raise Problem(
                404, "MANIFEST_UNKNOWN", "this cannot be written as the docker-v2 manifest of a model"
            ) from None
    return _response(found, read_verified(context.store.fetch(found), found, _WHERE))


def _response(descriptor: Descriptor, data: bytes) -> Response:
    digest = str(descriptor.digest)
    headers = {"Content-Type": descriptor.media_type, "Docker-Content-Digest": digest, "ETag": f'"{digest}"'}
    return Response(status=200, headers=headers, body=data)


def put(context: Context, asked: Manifest, request: Request) -> Response:
    """Store a manifest, everything in which must be stored, and name it.

    Raises:
        Problem: if it is malformed, too large or incomplete, or may not be stored.
    """
    context.require_writing(asked.repository)
    pushed = _read(request, asked.reference)
    descriptor = pushed.descriptor
    for digest in (descriptor.digest, *(child.digest for child in pushed.children)):
        context.recent.keep(digest)
    for child in pushed.children:
        there = context.store.complete(child) if child.media_type in GRAPH_NODES else context.store.exists(child)
        if not there and child.media_type not in NOT_DISTRIBUTED:
            raise Problem(404, "MANIFEST_BLOB_UNKNOWN", f"the manifest names {child.digest}, which is not here")
    context.store.push(descriptor, BytesContent(pushed.data))
    _name(context, asked, descriptor)
    context.recent.release([descriptor.digest, *(child.digest for child in pushed.children)])
    headers = {
        "Location": manifest_path(asked.repository, descriptor.digest),
        "Docker-Content-Digest": str(descriptor.digest),
    }
    if pushed.subject is not None:
        headers["OCI-Subject"] = str(pushed.subject)
    return Response(status=201, headers=headers)


def delete(context: Context, asked: Manifest, _request: Request) -> Response:
    """Take a tag away, or all names of a digest in this repository. The content stays until ``olbuild prune``.

    Raises:
        Problem: if there is no such manifest, or an index needs it.
    """
    context.require_writing(asked.repository)
    reference = asked.reference
    if isinstance(reference, str):
        names = [full_name(asked.repository, reference)] if reference in context.shelf.names(asked.repository) else []
    else:
        names = context.shelf.holders(asked.repository, reference)
    for name in names:
        with suppress(NotFoundError):  # another one took it away at the same time
            context.store.untag(name)
    context.shelf.remember(asked.repository)
    if not names:
        if isinstance(reference, str) or context.shelf.documents.find(reference) is None:
            raise manifest_unknown()
        _discard(context, asked.repository, reference)
    return Response(status=202)


def _discard(context: Context, repository: str, digest: Digest) -> None:
    """Remove a manifest without a name: a referrer, or what a name led to that is gone."""
    here = digest in context.shelf.reached(repository)
    if context.store.discard(digest) is None:
        if here:
            raise unsupported("an index needs this manifest; delete the index", "GET, HEAD, PUT")
        raise manifest_unknown()


def _name(context: Context, asked: Manifest, descriptor: Descriptor) -> None:
    """Give a manifest its name. By its digest alone it gets one only if nothing else leads to it.

    Once a tag leads to it, that one is not needed any more, and goes.
    """
    shelf, repository = context.shelf, asked.repository
    if isinstance(asked.reference, Digest) and descriptor.digest in shelf.reached(repository):
        return
    context.store.tag(descriptor, full_name(repository, asked.reference))
    digests = [name for name in shelf.names(repository) if isinstance(name, Digest)]
    if not digests:
        return
    tagged = shelf.reached(repository, tagged=True)
    for digest in digests:
        if digest in tagged:
            with suppress(NotFoundError):
                context.store.untag(full_name(repository, digest))


def _read(request: Request, reference: str | Digest) -> _Pushed:
    data = read_whole(request.body)
    digest = Digest.of(data)
    if isinstance(reference, Digest) and reference != digest:
        raise digest_invalid(f"the digest of the manifest is {digest}")
    recognised = recognise(data)
    if recognised is None:
        raise _malformed(f"{_WHERE} is none of the kinds that are kept here: {', '.join(sorted(GRAPH_NODES))}")
    media_type, document = recognised
    announced = request.headers.get("content-type", "").partition(";")[0].strip()
    if announced and announced != media_type:
        raise _malformed(f"{_WHERE} is {media_type} and was announced as {announced[:100]}")
    descriptor = Descriptor(media_type=media_type, digest=digest, size=len(data))
    try:
        children = successors(descriptor, data, _WHERE)
        subject = document.get("subject")
        about = Descriptor.from_json(subject, f"{_WHERE}: subject").digest if subject is not None else None
    except FormatError as error:
        raise _malformed(error.message) from None
    return _Pushed(descriptor, data, children, about)


def _malformed(message: str) -> Problem:
    return Problem(400, "MANIFEST_INVALID", message)


def read_whole(body: Body) -> bytes:
    """Read a body that is no larger than a manifest.

    Raises:
        Problem: if it is larger.
    """
    data = bytearray((MANIFEST_LIMIT if body.size is None else min(body.size, MANIFEST_LIMIT)) + 1)
    filled = 0
    with memoryview(data) as view:
        while filled < len(data) and (count := body.readinto(view[filled:])):
            filled += count
    if filled > MANIFEST_LIMIT:
        raise Problem(413, "MANIFEST_INVALID", f"a manifest has at most {MANIFEST_LIMIT} bytes")
    return bytes(data[:filled])

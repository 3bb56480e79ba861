"""Lists: repositories, tags and referrers (distribution-spec, "Content Discovery")."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from urllib.parse import urlencode

from olbuild.core.names import MediaType
from olbuild.serving.hub.context import Context
from olbuild.serving.hub.errors import Problem, name_unknown
from olbuild.serving.hub.http import Request, Response
from olbuild.serving.hub.names import is_repository
from olbuild.serving.hub.routes import Catalog, Referrers, Tags

_LONGEST_NUMBER = 9


def catalog(context: Context, _asked: Catalog, request: Request) -> Response:
    """List the repositories in which there is a name."""
    names = sorted(filter(is_repository, context.shelf.repositories()))
    page, headers = _page(names, request)
    return _json({"repositories": page}, headers)


def tags(context: Context, asked: Tags, request: Request) -> Response:
    """List the tags of a repository.

    Raises:
        Problem: if there is no such repository.
    """
    found = context.shelf.tags(asked.repository)
    if context.upstream is not None:
        found = sorted({*found, *context.upstream.tags(asked.repository)})
    if not found and not context.shelf.names(asked.repository) and not context.shelf.remembers(asked.repository):
        raise name_unknown()
    page, headers = _page(found, request)
    return _json({"name": asked.repository, "tags": page}, headers)


def referrers(context: Context, asked: Referrers, request: Request) -> Response:
    """List the manifests with a subject as an index, which is empty if there are none."""
    wanted = request.query.get("artifactType")
    here = {each.descriptor.digest: each.descriptor for each in context.shelf.referrers(asked.repository, asked.digest)}
    there = context.upstream.referrers(asked.repository, asked.digest) if context.upstream is not None else ()
    found = [*here.values(), *(each for each in there if each.digest not in here)]
    headers = {"Content-Type": MediaType.OCI_INDEX.value}
    if wanted is not None:
        found = [descriptor for descriptor in found if descriptor.artifact_type == wanted]
        headers["OCI-Filters-Applied"] = "artifactType"
    manifests = [descriptor.to_json() for descriptor in found]
    document = {"schemaVersion": 2, "mediaType": MediaType.OCI_INDEX.value, "manifests": manifests}
    return _json(document, headers)


def _page(names: Sequence[str], request: Request) -> tuple[list[str], dict[str, str]]:
    """Return what comes behind ``last``, at most ``n`` names, and where the next page is (RFC 5988)."""
    first = bisect_right(names, request.query["last"]) if "last" in request.query else 0
    stated = request.query.get("n")
    if stated is None:
        return list(names[first:]), {}
    if not (stated.isascii() and stated.isdecimal() and len(stated) <= _LONGEST_NUMBER):
        raise Problem(400, "PAGINATION_NUMBER_INVALID", "n is not a number")
    page = list(names[first : first + int(stated)])
    if not page or page[-1] == names[-1]:
        return page, {}
    query = urlencode({"last": page[-1], "n": stated})
    return page, {"Link": f'<{request.path}?{query}>; rel="next"'}


def _json(document: object, headers: dict[str, str]) -> Response:
    return Response(
        status=200, headers={"Content-Type": "application/json", **headers}, body=json.dumps(document).encode()
    )

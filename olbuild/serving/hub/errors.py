"""Errors as the distribution-spec has them ("Error Codes"): a status, and a body of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping

from olbuild.core.errors import (
    FormatError,
    IntegrityError,
    NotFoundError,
    OlbuildError,
    RefusedError,
    RegistryError,
    ResourceError,
    StoreError,
)
from olbuild.serving.hub.http import Response


class Problem(Exception):
    """An answer that is an error. The message is for a person and holds no secret and no path."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        """Keep the status, the code of the distribution-spec, and headers to add."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def response(self) -> Response:
        """Return the answer."""
        document = {"errors": [{"code": self.code, "message": self.message}]}
        headers = {"Content-Type": "application/json", **self.headers}
        return Response(status=self.status, headers=headers, body=json.dumps(document).encode())


_MANIFEST_UNKNOWN = "there is no such manifest here"


def manifest_unknown() -> Problem:
    """There is no such manifest."""
    return Problem(404, "MANIFEST_UNKNOWN", _MANIFEST_UNKNOWN)


def blob_unknown() -> Problem:
    """There is no such blob."""
    return Problem(404, "BLOB_UNKNOWN", "there is no such blob here")


def name_unknown() -> Problem:
    """There is no such repository."""
    return Problem(404, "NAME_UNKNOWN", "there is no such repository here")


def name_invalid() -> Problem:
    """What was asked for cannot be a repository, or cannot be in it."""
    return Problem(400, "NAME_INVALID", "this is no name of a repository")


def digest_invalid(message: str) -> Problem:
    """A digest is malformed, of another algorithm, or another one."""
    return Problem(400, "DIGEST_INVALID", message)


def unsupported(message: str, allowed: str) -> Problem:
    """This cannot be done here; ``allowed`` are the methods that can."""
    return Problem(405, "UNSUPPORTED", message, {"Allow": allowed})


def denied(message: str) -> Problem:
    """This may not be done here."""
    return Problem(403, "DENIED", message)


def as_problem(error: OlbuildError) -> Problem:
    """Answer for an error of the store or of the registry behind; the table goes by its kind.

    Its own words may name paths and hosts, so they stay here.
    """
    match error:
        case NotFoundError():
            return manifest_unknown()
        case FormatError():
            return Problem(500, "UNKNOWN", "what is stored is malformed")
        case IntegrityError():
            return Problem(500, "UNKNOWN", "what is stored is damaged")
        case ResourceError():
            return Problem(507, "UNKNOWN", "there is no room left here")
        case RefusedError():
            return denied("the registry behind this one refuses it")
        case RegistryError():
            return Problem(502, "UNKNOWN", "the registry behind this one failed")
        case StoreError():
            return Problem(503, "UNKNOWN", "the store cannot be used at this moment", {"Retry-After": "5"})
        case _:
            return Problem(500, "UNKNOWN", "something failed here")

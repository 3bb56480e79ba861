"""From a request to an answer: every path and method of the distribution API, and every error in its form."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from threading import Lock

from olbuild.core.errors import OlbuildError
from olbuild.core.records import replace
from olbuild.serving.hub import blobs, listing, manifests, uploads
from olbuild.serving.hub.context import Context
from olbuild.serving.hub.errors import Problem, as_problem, unsupported
from olbuild.serving.hub.http import Request, Response
from olbuild.serving.hub.http.wire import Gone
from olbuild.serving.hub.routes import (
    Base,
    Blob,
    Catalog,
    Manifest,
    NewUpload,
    OldUpload,
    Referrers,
    Route,
    Tags,
    route,
)

_VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}


class Hub:
    """Answers requests. Threads share it."""

    def __init__(self, context: Context, require: Callable[[Request], None], report: Callable[[str], None]) -> None:
        """Answer requests that ``require`` lets through; ``report`` is told what fails on this side."""
        self._context = context
        self._require = require
        self._report = report
        self._guard = Lock()

    def __call__(self, request: Request) -> Response:
        """Answer; every failure is an answer, too.

        Raises:
            Gone: if the client went away.
        """
        try:
            self._require(request)
            response = _answer(self._context, route(request.path), request)
        except Problem as problem:
            response = problem.response()
        except OlbuildError as error:
            response = self._failed(error)
        except Gone:
            raise
        except Exception:  # noqa: BLE001 - one request must not end the server
            self._tell(traceback.format_exc())
            response = Problem(500, "UNKNOWN", "something failed here").response()
        return replace(response, headers={**_VERSION, **response.headers})

    def _failed(self, error: OlbuildError) -> Response:
        problem = as_problem(error)
        if problem.status >= 500:  # noqa: PLR2004 - it is this side's fault, and this side must learn of it
            self._tell(error.message)
        return problem.response()

    def _tell(self, text: str) -> None:
        with self._guard:
            self._report(text)


def _answer(context: Context, asked: Route, request: Request) -> Response:
    methods = _HANDLERS[type(asked)]
    handler = methods.get(request.method) or methods.get("GET" if request.method == "HEAD" else "")
    if handler is None:
        allowed = [*methods, "HEAD"] if "GET" in methods else methods
        raise unsupported("this method is not for this path", ", ".join(allowed))
    return handler(context, asked, request)


def _base(_context: Context, _asked: Base, _request: Request) -> Response:
    return Response(status=200, headers={"Content-Type": "application/json"}, body=b"{}")


_HANDLERS: dict[type[Route], dict[str, Callable[..., Response]]] = {
    Base: {"GET": _base},
    Catalog: {"GET": listing.catalog},
    Tags: {"GET": listing.tags},
    Referrers: {"GET": listing.referrers},
    Manifest: {"GET": manifests.get, "PUT": manifests.put, "DELETE": manifests.delete},
    Blob: {"GET": blobs.get, "DELETE": blobs.delete},
    NewUpload: {"POST": uploads.begin},
    OldUpload: {
        "GET": uploads.status,
        "PATCH": uploads.append,
        "PUT": uploads.finish,
        "DELETE": uploads.cancel,
    },
}
"""What answers, by what is asked for and the method; HEAD is a GET without its body."""

"""From exceptions to statuses: the one table. The shape of an error is that of the API that was asked.

What leaves the server holds no path and no secret: paths keep their last part only, and user and password of a URL go.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import field

from olbuild.core.errors import (
    BusyError,
    IntegrityError,
    ModelfileError,
    NotFoundError,
    OlbuildError,
    PolicyError,
    RefusedError,
    RegistryError,
    ResourceError,
    UnsupportedError,
    UsageError,
)
from olbuild.core.records import Frozen

_LOGGER = logging.getLogger("olbuild.server")
_PATH = re.compile(r"(?<![\w:/.~$])(?:~|\$\w+)?/(?:[^\s/:'\",;()]+/)+([^\s/:'\",;()]*)")
_CREDENTIALS = re.compile(r"(\w://)[^\s/@]+@")
_FAILED = "something failed in the server; its log says what"


class Problem(Exception):
    """An answer that is an error, with a status of its own."""

    def __init__(self, status: int, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        """Keep the status, the text for a person, and headers to add."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


class Disconnected(Exception):
    """The client went away; nobody hears the answer."""


class Failure(Frozen, kw_only=True):
    """What went wrong, for a client.

    Attributes:
        status: of HTTP.
        message: for a person, without path or secret.
        headers: to add to the answer.
        capability: what the model lacks, if that is it.
    """

    status: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    capability: str = ""


Shape: TypeAlias = Callable[[Failure], object]
"""Gives the JSON of an error as one API has it."""

# The first that fits counts: a kind stands before the one it is a kind of. Whatever else there is, is a 500.
STATUSES: tuple[tuple[type[OlbuildError], int], ...] = (
    (UsageError, 400),
    (ModelfileError, 400),
    (NotFoundError, 404),
    (RefusedError, 403),
    (PolicyError, 403),
    (RegistryError, 502),
    (BusyError, 503),
    (ResourceError, 500),
    (IntegrityError, 500),
    (OlbuildError, 500),
)


def failure_of(error: BaseException) -> Failure:
    """Describe an exception for a client. What nobody foresaw is logged, and not described."""
    match error:
        case Problem():
            return Failure(status=error.status, message=clean(error.message), headers=error.headers)
        case OlbuildError():
            status = next(status for kind, status in STATUSES if isinstance(error, kind))
            headers: dict[str, str] = {}
            if isinstance(error, BusyError):
                headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
            capability = error.capability if isinstance(error, UnsupportedError) else ""
            return Failure(status=status, message=clean(words_of(error)), headers=headers, capability=capability)
        case _:
            _LOGGER.error("a request failed", exc_info=error)
            return Failure(status=500, message=_FAILED)


def words_of(error: OlbuildError) -> str:
    """Return all that an error says, in one line."""
    if isinstance(error, ModelfileError):
        return "; ".join(each.message for each in error.diagnostics if each.is_error) or error.message
    return error.message if not error.hint else f"{error.message}; {error.hint}"


def clean(text: str) -> str:
    """Take paths, but for their last part, and credentials out of a text."""
    return _PATH.sub(r"\1", _CREDENTIALS.sub(r"\1", text))

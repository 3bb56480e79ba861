"""Errors in the shape of the Anthropic API."""

from __future__ import annotations

from typing import Literal

import msgspec

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    529: "overloaded_error",
}


class ErrorBody(msgspec.Struct, kw_only=True):
    """What went wrong."""

    type: str
    message: str


class ErrorAnswer(msgspec.Struct, kw_only=True):
    """An answer that is an error; in a stream, an event named ``error``, on which clients raise."""

    error: ErrorBody
    request_id: str
    type: Literal["error"] = "error"


def error_answer(status: int, message: str, request: str) -> ErrorAnswer:
    """Return the body of an error with a status, for the request with a name."""
    body = ErrorBody(type=_TYPES.get(status, "api_error"), message=message)
    return ErrorAnswer(error=body, request_id=request)

"""Errors in the shape of the OpenAI API."""

from __future__ import annotations

import msgspec

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


class ErrorBody(msgspec.Struct, kw_only=True):
    """What went wrong."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorAnswer(msgspec.Struct, kw_only=True):
    """An answer that is an error; in a stream, a part that is one, on which clients raise."""

    error: ErrorBody


def error_answer(status: int, message: str) -> ErrorAnswer:
    """Return the body of an error with a status."""
    return ErrorAnswer(error=ErrorBody(message=message, type=_TYPES.get(status, "api_error")))

"""From JSON to the struct of a request, exactly typed: an error names the place, and unknown keys are ignored.

Null is not there: every field of such a struct can be ``None``, which is its default, unless nothing makes sense
without it.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from olbuild.core.errors import UsageError
from olbuild.serving.wire.bounds import require_few_values

S = TypeVar("S")


def decode(body: bytes, kind: type[S]) -> S:
    """Decode the body of a request.

    Raises:
        UsageError: if there is none, it is no JSON or too deep, or a value is of another type than its field; the
            text then ends with the place, such as ``$.messages[0].content``.
    """
    if not body.strip():
        raise UsageError("missing request body")
    require_few_values(body)
    try:
        return msgspec.json.decode(b"{}" if body.strip() == b"null" else body, type=kind)
    except msgspec.ValidationError as error:
        raise UsageError(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the body is not JSON: {error}") from None
    except RecursionError:
        raise UsageError("the body is nested too deep") from None


def convert(value: object, kind: type[S], where: str) -> S:
    """Read a part of a request that was left as it is; ``where`` is its place.

    Raises:
        UsageError: as ``decode`` has it.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        text = str(error)
        raise UsageError(text.replace("`$", f"`{where}") if "`$" in text else f"{text} - at `{where}`") from None

"""What llama.cpp's failures mean: it returns null or a number, and the reason is in its log."""

from __future__ import annotations

from olbuild.core.errors import EngineError, OlbuildError, ResourceError
from olbuild.llama.log import LOG

_MEMORY = ("failed to allocate", "unable to allocate", "out of memory", "cannot allocate", "bad_alloc")


def failure(what: str, *, hint: str | None = None) -> OlbuildError:
    """Make the error for a call that failed.

    Args:
        what: the failure in words, such as ``the adapter x cannot be loaded``.
        hint: what to do when memory was the reason.

    Returns:
        A ResourceError if the log tells of memory that could not be had, else an EngineError.
    """
    reason = LOG.reason()
    message = f"{what}: {reason}" if reason else what
    if any(word in line.lower() for line in LOG.lines for word in _MEMORY):
        return ResourceError(message, hint=hint)
    return EngineError(message)

"""Errors as events, for a pipe between two processes, and back."""

from __future__ import annotations

from olbuild.core import errors
from olbuild.core.errors import BusyError, EngineError, FormatError, OlbuildError, UnsupportedError
from olbuild.running.requests import Failed


def failed(error: OlbuildError) -> Failed:
    """Return the event for an error: its nearest kind in ``olbuild.core.errors``. Diagnostics do not travel."""
    return Failed(
        kind=next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == errors.__name__),
        message=error.message,
        hint=error.hint,
        capability=error.capability if isinstance(error, UnsupportedError) else "",
        retry_after=error.retry_after if isinstance(error, BusyError) else 0.0,
    )


def raised(event: Failed) -> OlbuildError:
    """Return the error that an event stands for, of the same class; of a class that is unknown an EngineError."""
    kind = getattr(errors, event.kind, None)
    if kind is UnsupportedError:
        return UnsupportedError(event.message, capability=event.capability, hint=event.hint)
    if kind is BusyError:
        return BusyError(event.message, retry_after=event.retry_after, hint=event.hint)
    if not (isinstance(kind, type) and issubclass(kind, OlbuildError)):
        kind = EngineError
    return (FormatError if kind is errors.ModelfileError else kind)(event.message, hint=event.hint)

"""The exception tree. An error is a kind (its class), a message, a hint, and where it makes sense a span.

::

    OlbuildError                 exit 1   something failed
    ├── UsageError                    2   the command line asks for something impossible
    │   └── UnsupportedError          2   the model cannot do what is asked
    ├── ModelfileError                3   a Modelfile is wrong; carries every diagnostic of the file
    ├── NotFoundError                 4   a name, a file or a blob is not there
    ├── RefusedError                  5   authentication or permission was refused
    ├── RegistryError                 6   a registry or the network failed
    ├── IntegrityError                7   bytes are not what they claim to be
    │   └── FormatError               7   a file, manifest or header is malformed
    ├── ResourceError                 8   out of disk or memory
    │   └── BusyError                 8   too many requests wait already
    ├── PolicyError                   9   a policy forbids it
    ├── StoreError                    1   the local store cannot be used (read-only, newer format, foreign)
    └── EngineError                   1   llama.cpp is missing, of another version, or failed

Only ``olbuild.cli`` turns these into exit codes, and only ``olbuild.serving`` into HTTP statuses.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar, Self

from olbuild.core.text import Diagnostic, Span


class ExitCode(IntEnum):
    """What the process says when it ends; the same numbers are in ``docs/errors.md``."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    MODELFILE = 3
    NOT_FOUND = 4
    REFUSED = 5
    REGISTRY = 6
    INTEGRITY = 7
    RESOURCE = 8
    POLICY = 9
    INTERRUPTED = 130


class OlbuildError(Exception):
    """Root of every error that olbuild raises on purpose.

    Args:
        message: what happened and where, one sentence, without a trailing full stop.
        hint: what to do about it; shown on a line of its own.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        """Keep the message and the hint apart, so that a renderer can show them on lines of their own."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.diagnostics: tuple[Diagnostic, ...] = ()
        """What is wrong with places in a text; empty if the error has no place."""

    def at(self, span: Span, code: str) -> Self:
        """Say which place of a text caused the error, with a code of ``docs/errors.md``; the first call counts.

        Returns:
            the error itself, so that it can be raised in the same statement.
        """
        if not self.diagnostics:
            self.diagnostics = (Diagnostic(code=code, message=self.message, span=span, hint=self.hint),)
        return self


class UsageError(OlbuildError):
    """The command line asks for something impossible."""

    exit_code = ExitCode.USAGE


class UnsupportedError(UsageError):
    """The model cannot do what is asked.

    Args:
        message: as for every error.
        capability: what it lacks, such as ``tools``, ``thinking``, ``insert``, ``vision`` or ``embedding``.
        hint: as for every error.
    """

    def __init__(self, message: str, *, capability: str, hint: str | None = None) -> None:
        """Keep the capability, since the HTTP APIs have words of their own for it."""
        super().__init__(message, hint=hint)
        self.capability = capability


class ModelfileError(OlbuildError):
    """A Modelfile is wrong. Carries all diagnostics of the file, in the order of their position."""

    exit_code = ExitCode.MODELFILE

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Keep the diagnostics; the message is their one-line summary."""
        errors = sum(1 for diagnostic in diagnostics if diagnostic.is_error)
        super().__init__(f"{errors} error{'s' if errors != 1 else ''} in {diagnostics[0].source.name}")
        self.diagnostics = diagnostics


class NotFoundError(OlbuildError):
    """A name, a file or a blob is not there."""

    exit_code = ExitCode.NOT_FOUND


class RefusedError(OlbuildError):
    """Authentication or permission was refused."""

    exit_code = ExitCode.REFUSED


class RegistryError(OlbuildError):
    """A registry or the network failed."""

    exit_code = ExitCode.REGISTRY


class IntegrityError(OlbuildError):
    """Bytes are not what they claim to be: a digest or a size does not match."""

    exit_code = ExitCode.INTEGRITY


class FormatError(IntegrityError):
    """A file, a manifest or a header is malformed."""


class ResourceError(OlbuildError):
    """Out of disk or memory."""

    exit_code = ExitCode.RESOURCE


class BusyError(ResourceError):
    """Too many requests wait already. ``retry_after`` is when to try again, in seconds."""

    def __init__(self, message: str, *, retry_after: float, hint: str | None = None) -> None:
        """Keep the time, which HTTP has a header for."""
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class PolicyError(OlbuildError):
    """A policy forbids it."""

    exit_code = ExitCode.POLICY


class StoreError(OlbuildError):
    """The local store cannot be used: read-only, of a newer format, or not olbuild's."""


class EngineError(OlbuildError):
    """llama.cpp is missing, of another version, or failed."""

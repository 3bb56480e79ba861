"""The end of a run that went wrong: one renderer for every exception, and one table of exit codes."""

from __future__ import annotations

import errno
import os
import sys

from olbuild.cli.interruption import Interrupted
from olbuild.cli.streams import STANDARD_OUTPUT, abandon, flush, is_torn, write_line
from olbuild.cli.terminal import emphasize, lines_of, paint, wants_colour
from olbuild.core.errors import ExitCode, OlbuildError
from olbuild.core.records import Frozen

_SIGPIPE = 141
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
_ROOM_HINTS = {
    errno.ENOSPC: "olbuild df shows what the store holds, olbuild prune removes what nothing needs",
    errno.EDQUOT: "olbuild df shows what the store holds, olbuild prune removes what nothing needs",
    errno.EMFILE: "raise the limit of open files: ulimit -n",
}
_FULL_OUTPUT = "the device or the disk that the output goes to is full; let it go elsewhere"


class Failure(Frozen, kw_only=True):
    """An exception as it is reported: text (several lines for a Modelfile), what to do, and the exit code."""

    text: str
    hint: str | None = None
    exit_code: int = int(ExitCode.FAILED)
    drawn: bool = False  # the text is a drawing with its own prefix


def end(error: BaseException, *, debug: bool = False) -> int:
    """Report what ended the program on standard error and return the exit code. Never raises."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    if isinstance(error, BrokenPipeError) and is_torn(sys.stdout, sys.stderr):
        abandon()
        return _SIGPIPE
    if isinstance(error, KeyboardInterrupt):
        return error.exit_code if isinstance(error, Interrupted) else int(ExitCode.INTERRUPTED)
    failure = describe(error)
    try:
        if debug:
            import traceback

            traceback.print_exception(error)
        write_line(sys.stderr, "\n".join(render(failure, wants_colour(sys.stderr))))
        flush()
    except OSError:
        abandon()
    return failure.exit_code


def render(failure: Failure, colour: bool) -> list[str]:
    """Draw a failure: ``error: …`` and ``hint: …``, or the diagnostics of a Modelfile."""
    lines = lines_of(failure.text)
    if failure.drawn:
        lines = [emphasize(line, colour) for line in lines]
    else:
        lines[0] = f"{paint('error:', 'red', colour)} {lines[0]}"
    if failure.hint:
        first, *more = lines_of(failure.hint)
        lines += [f"{paint('hint:', 'green', colour)} {first}", *(f"      {line.strip()}" for line in more)]
    return lines


def describe(error: BaseException) -> Failure:
    """Say what happened, what to do, and with which code to end."""
    if isinstance(error, OlbuildError) and error.diagnostics:
        text = "\n".join(diagnostic.render() for diagnostic in error.diagnostics)
        return Failure(text=text, exit_code=int(error.exit_code), drawn=True)
    if isinstance(error, OlbuildError):
        return Failure(text=error.message, hint=error.hint, exit_code=int(error.exit_code))
    if isinstance(error, OSError):
        return _system(error)
    if isinstance(error, MemoryError):
        return Failure(text="out of memory", exit_code=int(ExitCode.RESOURCE))
    detail = f"{type(error).__name__}: {error}".rstrip(": ")
    return Failure(text=f"this is a bug in olbuild: {detail}", hint="run the same command with --debug and report it")


def _system(error: OSError) -> Failure:
    if isinstance(error, FileNotFoundError) and error.filename is None and _is_nowhere():
        return Failure(
            text="the current folder does not exist any more",
            hint="cd to one that does",
            exit_code=int(ExitCode.NOT_FOUND),
        )
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    text = f"{error.filename}: {reason}" if error.filename is not None else reason
    if error.filename2 is not None:
        text = f"{error.filename} and {error.filename2}: {reason}"
    if error.errno in _NO_ROOM:
        hint = _FULL_OUTPUT if error.filename == STANDARD_OUTPUT else _ROOM_HINTS.get(error.errno or 0)
        return Failure(text=text, hint=hint, exit_code=int(ExitCode.RESOURCE))
    if isinstance(error, FileNotFoundError):
        return Failure(text=text, exit_code=int(ExitCode.NOT_FOUND))
    if isinstance(error, ConnectionError | TimeoutError):
        return Failure(text=text, exit_code=int(ExitCode.REGISTRY))
    return Failure(text=text)


def _is_nowhere() -> bool:
    """Whether the current folder was removed: then every relative path is missing, and no error names one."""
    try:
        os.getcwd()  # noqa: PTH109 - Path.cwd() is the same call, behind an import
    except FileNotFoundError:
        return True
    return False

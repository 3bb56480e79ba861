"""Standard output and error when the other side has gone, and when their encoding cannot write everything."""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys
from collections.abc import Iterator
from typing import TextIO

from olbuild.core.errors import UsageError
from olbuild.core.text import LARGEST_TEXT

STANDARD_OUTPUT = "standard output"
"""The ``filename`` of an ``OSError`` that writing there raised."""


def forgive() -> None:
    """Let what an encoding cannot write appear as escapes: a name of odd bytes is no reason to stop."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def naming(stream: TextIO) -> Iterator[None]:
    """Let an error of writing to standard output say that it was that: the system tells files by name, streams not."""
    try:
        yield
    except OSError as error:
        if error.filename is None and stream is sys.stdout:
            error.filename = STANDARD_OUTPUT
        raise


def write_line(stream: TextIO | None, text: str) -> None:
    """Write a text and a line end; to a stream that was closed from the beginning, nothing."""
    if stream is not None:
        with naming(stream):
            stream.write(f"{text}\n")


def write_now(stream: TextIO | None, text: str) -> None:
    """Write a text that somebody waits for; to a stream that was closed from the beginning, nothing."""
    if stream is not None:
        with naming(stream):
            stream.write(text)
            stream.flush()


def standard_input(what: str) -> bytes:
    """Return all bytes of standard input; ``what`` says for a message what should come from there.

    Raises:
        UsageError: if it is closed, or holds more than any text may.
    """
    if sys.stdin is None:
        raise UsageError(f"standard input is closed, and {what} should come from there")
    data = sys.stdin.buffer.read(LARGEST_TEXT + 1)
    if len(data) > LARGEST_TEXT:
        raise UsageError(f"standard input holds more than {LARGEST_TEXT >> 20} MiB, and {what} should come from there")
    return data


def standard_text(what: str) -> str:
    """Read standard input to its end, as text; ``what`` is expected there.

    Raises:
        UsageError: if it cannot be read, or is not UTF-8.
    """
    try:
        return standard_input(what).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"standard input is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}"
        ) from None


def flush() -> None:
    """Write out what is buffered, so that a full disk or a closed pipe is known before the exit code is."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            with naming(stream):
                stream.flush()


def is_torn(*streams: TextIO | None) -> bool:
    """Whether one of the streams is a pipe that nobody reads any more."""
    watch = select.poll()
    for stream in streams:
        with contextlib.suppress(OSError, ValueError):
            if stream is not None:
                watch.register(stream.fileno(), 0)
    return any(events & select.POLLERR for _, events in watch.poll(0))


def abandon() -> None:
    """Point both streams at nothing, so that the interpreter has nothing left to complain about when it ends."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            if stream is not None:
                os.dup2(nothing, stream.fileno())
    os.close(nothing)

"""Standard output and error when the other side has gone, and when their encoding cannot write everything."""

from __future__ import annotations

import contextlib
import io
import os
import select
import sys
from typing import TextIO


def forgive() -> None:
    """Let what an encoding cannot write appear as escapes: a name of odd bytes is no reason to stop."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write_line(stream: TextIO | None, text: str) -> None:
    """Write a text and a line end; to a stream that was closed from the beginning, nothing."""
    if stream is not None:
        stream.write(f"{text}\n")


def flush() -> None:
    """Write out what is buffered, so that a full disk or a closed pipe is known before the exit code is."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
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

"""Run a program that should answer soon and briefly: it is waited for aloud and not for ever."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO

from msgspec import field

from olbuild.core.records import Frozen, Mutable

_BLOCK = 1 << 14


class SilentError(Exception):
    """The program did not end in time."""


class VerboseError(Exception):
    """The program wrote more than it may."""


class Limits(Frozen, kw_only=True):
    """Seconds until the program is ended, seconds until somebody is told of it, and most bytes of each output."""

    patience: float = 60.0
    worth_saying: float = 2.0
    most: int = 64 << 10


class Answer(Frozen, kw_only=True):
    """The exit status of a program and what it wrote."""

    status: int
    output: bytes
    errors: bytes


class _Clock(Mutable):
    limits: Limits
    waiting: Callable[[], None]
    begun: float = field(default_factory=time.monotonic)
    told: bool = False

    def left(self) -> float:
        """Return the seconds until something is due; say that it takes long when it does.

        Raises:
            SilentError: if time is up.
        """
        gone = time.monotonic() - self.begun
        if gone >= self.limits.patience:
            raise SilentError
        if gone >= self.limits.worth_saying and not self.told:
            self.told = True
            self.waiting()
        return (self.limits.patience if self.told else min(self.limits.patience, self.limits.worth_saying)) - gone


def ask(arguments: Sequence[str], text: bytes, limits: Limits, waiting: Callable[[], None]) -> Answer:
    """Run a program with ``text`` as its input, and return what it answers.

    Args:
        arguments: the program and its arguments.
        text: its whole input.
        limits: how long it may take, and how much it may write.
        waiting: called once, when it takes long.

    Raises:
        OSError: if it cannot be run.
        SilentError: if it takes too long; it is ended then.
        VerboseError: if it writes too much; it is ended then.
    """
    pipe = subprocess.PIPE
    clock = _Clock(limits, waiting)
    with subprocess.Popen(arguments, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0) as process:
        assert process.stdin is not None  # noqa: S101 - for the types: all three are pipes
        assert process.stdout is not None  # noqa: S101
        assert process.stderr is not None  # noqa: S101
        try:
            output, errors = _converse(process.stdin, text, (process.stdout, process.stderr), clock)
            while True:
                with suppress(subprocess.TimeoutExpired):
                    return Answer(status=process.wait(clock.left()), output=output, errors=errors)
        except BaseException:
            process.kill()
            raise


def _converse(inlet: IO[bytes], text: bytes, outlets: tuple[IO[bytes], IO[bytes]], clock: _Clock) -> list[bytes]:
    """Write all input and read all output, whichever is possible at the moment."""
    read = {outlet.fileno(): b"" for outlet in outlets}
    with selectors.DefaultSelector() as selector:
        os.set_blocking(inlet.fileno(), False)
        selector.register(inlet, selectors.EVENT_WRITE)
        for outlet in outlets:
            selector.register(outlet, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select(clock.left()):
                if key.fileobj is inlet:
                    text = _feed(key.fd, text)
                    if not text:
                        selector.unregister(inlet)
                        inlet.close()
                    continue
                data = os.read(key.fd, _BLOCK)
                read[key.fd] += data
                if len(read[key.fd]) > clock.limits.most:
                    raise VerboseError
                if not data:
                    selector.unregister(key.fileobj)
    return list(read.values())


def _feed(descriptor: int, text: bytes) -> bytes:
    """Write what fits, and return the rest; a program that does not read its input gets no more of it."""
    try:
        return text[os.write(descriptor, text) :] if text else b""
    except BlockingIOError:
        return text
    except BrokenPipeError:
        return b""

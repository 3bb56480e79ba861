"""Ctrl-C, SIGTERM and a closed terminal: the same way out, each with its own exit code."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SHELL = 128  # what a shell adds to the number of the signal that ended a program


class Interrupted(KeyboardInterrupt):
    """A signal asks the program to stop. What stops for Ctrl-C stops for it too."""

    def __init__(self, number: int) -> None:
        """Keep the number of the signal."""
        super().__init__(number)
        self.exit_code = _SHELL + number


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP interrupt as Ctrl-C does. Afterwards a second Ctrl-C ends the program at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        # nohup has SIGHUP ignored, and it stays so.
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        raise


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise Interrupted(number)

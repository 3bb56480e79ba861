"""Keys that are pressed while an answer comes."""

from __future__ import annotations

import contextlib
import sys
import termios
from collections.abc import Iterator

from olbuild.cli.terminal import is_terminal

_LOCAL = 3  # where termios keeps the local modes


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """Let a terminal not write between the words of an answer what is typed meanwhile: the next prompt shows it."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        yield
        return
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    silent = [*before]
    silent[_LOCAL] &= ~termios.ECHO
    termios.tcsetattr(keyboard, termios.TCSANOW, silent)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):  # the terminal has gone
            termios.tcsetattr(keyboard, termios.TCSANOW, before)

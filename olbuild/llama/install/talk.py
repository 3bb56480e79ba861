"""The talk of an installation on a terminal, where a build says each percent."""

from __future__ import annotations

import sys

from olbuild.core.events import Event, Said

_EVERY_PERCENT = 5


class Talk:
    """Shows the talk of an installation on stderr: progress in place on a terminal, else a line now and then."""

    def __init__(self) -> None:
        """Find out whether there is a terminal."""
        self._terminal = sys.stderr.isatty()
        self._shown = 0  # columns of the line that is to be overwritten
        self._lines = 0

    def __call__(self, event: Event) -> None:
        """Hear an event."""
        if not isinstance(event, Said):
            return
        passing = event.text.startswith("compiling llama.cpp:")
        if self._terminal:
            end = "" if passing else "\n"
            sys.stderr.write("\r" + event.text.ljust(self._shown) + end)
            self._shown = len(event.text) if passing else 0
        elif not passing or self._lines % _EVERY_PERCENT == 0:
            sys.stderr.write(event.text + "\n")
        self._lines = self._lines + 1 if passing else 0
        sys.stderr.flush()

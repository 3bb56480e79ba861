"""``python -m olbuild.llama.install [--cache DIR]``: a program of its own, for a fresh checkout."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from olbuild.core.errors import ExitCode, OlbuildError
from olbuild.core.events import Event, Said
from olbuild.llama.install.ensure import default_cache, ensure_engine
from olbuild.llama.version import PACKAGE, VERSION

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


def main(arguments: list[str] | None = None) -> int:
    """Install the engine; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m olbuild.llama.install",
        description=f"Install {PACKAGE} {VERSION} for this Python, compiled once for this machine and then kept.",
    )
    parser.add_argument("--cache", type=Path, metavar="DIR", help=f"where wheels are kept (default: {default_cache()})")
    talk = Talk()
    try:
        ensure_engine(parser.parse_args(arguments).cache, talk)
    except OlbuildError as error:
        sys.stderr.write(f"\nerror: {error.message}\n" + (f"hint: {error.hint}\n" if error.hint else ""))
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        return ExitCode.INTERRUPTED
    return ExitCode.DONE


if __name__ == "__main__":
    sys.exit(main())

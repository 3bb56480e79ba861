"""``python -m olbuild.llama.install [--cache DIR]``: a program of its own, for a fresh checkout."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from olbuild.core.errors import ExitCode, OlbuildError
from olbuild.llama.install.ensure import default_cache, ensure_engine
from olbuild.llama.install.talk import Talk
from olbuild.llama.version import PACKAGE, VERSION


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

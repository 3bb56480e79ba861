"""The entry. What needs no parsing is answered at once; everything else is loaded when it is needed."""

import sys

_OVERVIEW: tuple[list[str], ...] = ([], ["help"], ["--help"], ["-h"])
_VERSION = (["version"], ["--version"], ["-V"])


def main(argv: list[str] | None = None) -> int:
    """Run one command line (default: the process's own, without the program) and return the exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        if arguments in _VERSION or arguments in _OVERVIEW:
            from olbuild.cli import table

            sys.stdout.write(table.about() if arguments in _VERSION else table.overview())
            sys.stdout.flush()
            return 0
        from olbuild.cli.dispatch import dispatch

        return dispatch(arguments)
    except BaseException as error:  # noqa: BLE001 - whatever ends the program ends it in one style
        from olbuild.cli.errors import end

        return end(error, debug="--debug" in arguments)

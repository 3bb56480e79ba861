"""The entry. What needs no parsing is answered at once; everything else is loaded when it is needed."""

import gc
import os
import sys

_OVERVIEW: tuple[list[str], ...] = ([], ["help"], ["--help"], ["-h"])
_VERSION = (["version"], ["--version"], ["-V"])

_YOUNG = 100_000  # objects; to load a model makes 60,000 that all stay, and Python would look at them after each 700


def program() -> int:
    """Run the command line of a process that is olbuild's own, and return the exit code."""
    gc.set_threshold(_YOUNG)
    # A thread of numpy's for each core, which none of its functions here uses, spins while a model is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        return main()
    finally:
        gc.freeze()  # everything goes with the process: nothing has to be looked for


def main(argv: list[str] | None = None) -> int:
    """Run one command line (default: the process's own, without the program) and return the exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        if arguments in _VERSION or arguments in _OVERVIEW:
            from olbuild.cli import table

            return _answer(table.about() if arguments in _VERSION else table.overview())
        from olbuild.cli.dispatch import dispatch

        return dispatch(arguments)
    except BaseException as error:  # noqa: BLE001 - whatever ends the program ends it in one style
        from olbuild.cli.errors import end

        return end(error, debug="--debug" in arguments)


def _answer(text: str) -> int:
    """Do as ``streams.write_now``, without loading anything for it."""
    if sys.stdout is not None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError as error:
            error.filename = "standard output"
            raise
    return 0

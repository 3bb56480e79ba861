"""Running the language server over standard input and output."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import BinaryIO

from pygls.io_ import run_async

from olbuild.editor.server import make_server
from olbuild.editor.stdio import Input, Output
from olbuild.language.modelfile import Dialect

_ENDED_WITHOUT_SHUTDOWN = 1


def serve(dialect: Dialect, home: Path, stdin: BinaryIO, stdout: BinaryIO) -> int:
    """Answer until the client says ``exit``, or the input ends, and return the exit code."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.ERROR, handlers=[handler], force=True)
    # pygls draws a traceback of every message that it cannot read.
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    output = Output(stdout)
    with _closed_by_signals(output):
        return asyncio.run(_serve(dialect, home, stdin, output))


@contextmanager
def _closed_by_signals(output: Output) -> Iterator[None]:
    """Let a signal that interrupts the program close the output first, and interrupt it at once.

    An editor that reads no more keeps a write waiting, and with it the loop: asyncio's own way with a Ctrl-C, which
    ends the program at the loop's next turn, would never end it.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        output.close()
        before = handlers[signal.Signals(number)]
        if callable(before):
            before(number, frame)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = {number: signal.getsignal(number) for number in numbers if callable(signal.getsignal(number))}
    for number in handlers:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, before in handlers.items():
            signal.signal(number, before)


async def _serve(dialect: Dialect, home: Path, stdin: BinaryIO, output: Output) -> int:
    server = make_server(dialect, home)
    protocol = server.protocol
    protocol.set_writer(output)
    try:
        await run_async(Event(), await Input.open(stdin), protocol, None, server.report_server_error)
    except SystemExit as ended:
        return int(ended.code or 0)
    finally:
        output.close()
        await server.analyst.close()
    return _ENDED_WITHOUT_SHUTDOWN

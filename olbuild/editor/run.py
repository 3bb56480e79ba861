"""Running the language server over standard input and output."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path
from threading import Event
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
    return asyncio.run(_serve(dialect, home, stdin, stdout))


async def _serve(dialect: Dialect, home: Path, stdin: BinaryIO, stdout: BinaryIO) -> int:
    server = make_server(dialect, home)
    protocol = server.protocol
    protocol.set_writer(Output(stdout))
    try:
        await run_async(Event(), await Input.open(stdin), protocol, None, server.report_server_error)
    except SystemExit as ended:
        return int(ended.code or 0)
    finally:
        await server.analyst.close()
    return _ENDED_WITHOUT_SHUTDOWN

"""How the process of a worker is started, and how it is ended."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
from collections.abc import Sequence

from olbuild.core.errors import EngineError

_REAPED = 10.0  # seconds until a process that was killed has ended: a driver or a file system may hold it for ever


def spawn(command: Sequence[str], name: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a process, and return it with our end of the socket that is its standard input.

    Call it in a thread that does not end before the process: that would end the process (prctl(2),
    ``PR_SET_PDEATHSIG``).

    Raises:
        EngineError: if it cannot be started.
    """
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C is for the server, which then ends it
            )
    except OSError as error:
        ours.close()
        raise EngineError(f"the process for {name} cannot be started: {error.strerror}") from error
    ours.settimeout(0)
    return process, ours


async def end(process: subprocess.Popen[bytes]) -> int:
    """End a process, if it has not ended, and return its exit code as ``subprocess`` has it."""
    process.kill()
    await asyncio.wait([asyncio.get_running_loop().run_in_executor(None, process.wait)], timeout=_REAPED)
    code = process.poll()
    return -signal.SIGKILL if code is None else code

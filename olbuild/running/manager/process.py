"""How the process of a worker is started."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Sequence

from olbuild.core.errors import EngineError


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

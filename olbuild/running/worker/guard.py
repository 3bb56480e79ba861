"""What a worker does before anything else, so that it is never more than its manager's servant.

It ends with its manager, however that ends: its socket is closed then, and on Linux the system kills it. Signals of a
terminal or of a service manager are for the manager, which drains its requests first. When memory runs out, the
system shall rather end this process than others.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import logging
import os
import resource
import signal
import socket
import sys
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1  # linux/prctl.h
_SET_NO_NEW_PRIVILEGES = 38
_FIRST_TO_GO = "500"  # of 1000: proc(5), oom_score_adj
_KEPT = 3  # descriptors below are standard ones


def take_connection() -> socket.socket:
    """Return the socket that is standard input, and let nothing else read from it."""
    descriptor = os.dup(0)  # closed in programs that are started from here
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    if nothing >= _KEPT:
        os.close(nothing)
    return socket.socket(fileno=descriptor)


def settle_down() -> None:
    """Ignore what is meant for the manager, follow it into death, and keep no rights that nobody needs."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(ignored, signal.SIG_IGN)
    faulthandler.enable(all_threads=False)  # a crash in native code says where, on standard error
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))  # it would have the size of the model
    if sys.platform == "linux":
        control = ctypes.CDLL(None, use_errno=True).prctl
        control(_SET_PARENT_DEATH_SIGNAL, ctypes.c_ulong(signal.SIGKILL))
        control(*(ctypes.c_ulong(value) for value in (_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)))
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)


def talk(level: int) -> None:
    """Log to standard error, which the manager reads line by line."""
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s", level=level)

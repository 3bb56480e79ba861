"""What is kept of the standard error of a worker, and what it says about the worker's end."""

from __future__ import annotations

import asyncio
import logging
import re
import signal
from collections import deque

from olbuild.core.errors import EngineError

_LOGGER = logging.getLogger("olbuild.worker")
_KEPT = 100
_LONGEST = 2000

# The line with the reason is seldom the last one: behind it come traces of native code and of Python.
_TELLING = re.compile(
    r"GGML_ASSERT|ggml_abort|terminate called|what\(\)|out of memory|MemoryError|(?:CUDA|HIP|Vulkan|Metal) error"
    r"|error while loading|ModuleNotFoundError|ImportError|^\w*Error: ",
    re.IGNORECASE,
)
_POINTLESS = re.compile(r"^(?:File \"|Thread 0x|Current thread|Stack|Extension modules|\[New LWP|#\d|Fatal Python)")


def reason(lines: tuple[str, ...]) -> str:
    """Return the line that says most about why a process ended, or nothing."""
    telling = next((line for line in reversed(lines) if _TELLING.search(line)), None)
    if telling is not None:
        return telling
    return next((line for line in reversed(lines) if not _POINTLESS.match(line)), "")


def ending(code: int) -> str:
    """Say in words how a process ended, by its exit code as ``subprocess`` has it."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def obituary(name: str, code: int, lines: tuple[str, ...], why: str) -> EngineError:
    """Return the error for the end of a process; ``why`` is why the manager ended it, if it did."""
    if why:
        return EngineError(f"the process of {name} {why}, and was ended")
    words = reason(lines)
    hint = "perhaps memory ran out: a smaller num_ctx, or a more strongly quantised model, takes less"
    text = f"the process of {name} {ending(code)}{f': {words}' if words else ''}"
    return EngineError(text, hint=hint if code == -signal.SIGKILL else None)


class LastWords(asyncio.Protocol):
    """Hears the standard error of a worker: each line goes to our log, and the last ones are kept."""

    def __init__(self, name: str) -> None:
        """``name`` is what the model is called."""
        self._name = name
        self._partial = b""
        self._lines: deque[str] = deque(maxlen=_KEPT)
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when nothing more can be said."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The last lines, oldest first."""
        return tuple(self._lines)

    def data_received(self, data: bytes) -> None:
        """Take what was said."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        if len(self._partial) > _LONGEST:
            lines, self._partial = [*lines, self._partial], b""
        for line in lines:
            self._hear(line)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """End with the line that was not ended."""
        self._hear(self._partial)
        if not self.closed.done():
            self.closed.set_result(None)

    def _hear(self, line: bytes) -> None:
        text = line[:_LONGEST].decode("utf-8", "replace").strip()
        if text:
            self._lines.append(text)
            _LOGGER.info("%s: %s", self._name, text)

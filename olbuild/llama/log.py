"""What llama.cpp and ggml say: to Python's logging at DEBUG, never to the terminal.

Both have one log callback for the whole process. The last lines are kept, since they are the only place where llama.cpp
gives the reason of a failure.
"""

from __future__ import annotations

import atexit
import ctypes
import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType

_LOGGER = logging.getLogger("olbuild.llama")
_KEPT_LINES = 200
_LEVELS = {1: "debug", 2: "info", 3: "warning", 4: "error"}
_DEBUG, _ERROR = 1, 4
_CONTINUATION = 5  # GGML_LOG_LEVEL_CONT: the line goes on, at the level it began with


class Log:
    """Collects pieces of text into lines, and keeps the last ones."""

    def __init__(self) -> None:
        """Begin without any line."""
        self._lines: deque[tuple[int, str]] = deque(maxlen=_KEPT_LINES)
        self._partial = ""
        self._level = 0
        self._watchers: tuple[Callable[[str], None], ...] = ()

    def hear(self, level: int, text: str) -> None:
        """Take a piece of text; a line counts when its end has come.

        Those for llama.cpp's own developers, two thousand with each model, count only if someone reads the log.
        """
        if level != _CONTINUATION:
            self._level = level
        if self._level == _DEBUG and not _LOGGER.isEnabledFor(logging.DEBUG):
            return
        *lines, self._partial = (self._partial + text).split("\n")
        for line in filter(None, map(str.strip, lines)):
            self._lines.append((self._level, line))
            for watcher in self._watchers:
                watcher(line)
            _LOGGER.debug("%s: %s", _LEVELS.get(self._level, "note"), line)

    @contextmanager
    def watched(self, watcher: Callable[[str], None]) -> Iterator[None]:
        """Let a function, which must be quick and not raise, hear each line while the context lasts."""
        self._watchers = (*self._watchers, watcher)
        try:
            yield
        finally:
            self._watchers = tuple(one for one in self._watchers if one != watcher)

    def clear(self) -> None:
        """Forget all lines: what comes now belongs to the next call."""
        self._lines.clear()
        self._partial = ""

    def reason(self) -> str:
        """Return the first error that was reported since ``clear``, the one that the others follow from, or nothing."""
        return next((line for level, line in self._lines if level == _ERROR), "")

    @property
    def lines(self) -> tuple[str, ...]:
        """The last lines, oldest first."""
        return tuple(line for _, line in self._lines)


LOG = Log()

_callbacks: list[object] = []  # llama.cpp keeps the pointer, so the object behind it must stay


def redirect(llama: ModuleType) -> None:
    """Let everything that the loaded library says go to ``LOG``, for as long as the process lives.

    Once more after someone else took it: an ``import llama_cpp`` does.
    """
    if _callbacks:
        llama.llama_log_set(_callbacks[0], None)
        return

    def hear(level: int, text: bytes | None, _data: object) -> None:
        LOG.hear(level, (text or b"").decode("utf-8", errors="replace"))

    callback = llama.llama_log_callback(hear)
    _callbacks.append(callback)
    llama.llama_log_set(callback, None)
    atexit.register(_silence, llama)


def redirect_media(media: ModuleType) -> None:
    """Let libmtmd, which has a callback of its own, say it to ``LOG`` too; ``redirect`` has come before."""
    media.mtmd_helper_log_set(_callbacks[0], None)
    atexit.register(media.mtmd_helper_log_set, _nothing(type(_callbacks[0])), None)


def _silence(llama: ModuleType) -> None:
    """Replace the callback at exit: a backend that says good-bye later would call into an interpreter that is gone."""
    llama.llama_log_set(_nothing(llama.llama_log_callback), None)


def _nothing(kind: type) -> object:
    """Return a function of the C library that does nothing: a null pointer would mean standard error."""
    return ctypes.cast(ctypes.CDLL(None).abs, kind)

"""From the bytes of tokens to text that can be shown: whole characters, and nothing of a stop text. Pure."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """Takes bytes as they come and releases text as early as is safe.

    Held back are bytes of a character that is not complete, and text that could be the beginning of a stop text.
    Bytes that are no UTF-8 become replacement characters. The stop text that is complete first counts, so that the
    result does not depend on how the text is cut into tokens.
    """

    def __init__(self, stops: Sequence[str] = ()) -> None:
        """Begin. ``stops`` are the texts that end the stream; none of them is empty."""
        self._stops = tuple(stops)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._pending = ""
        self.stop: str | None = None
        """The stop text that has ended the stream, if one has."""

    @property
    def stopped(self) -> bool:
        """Whether a stop text has ended the stream."""
        return self.stop is not None

    def feed(self, data: bytes) -> str:
        """Return the text that is safe to show after some more bytes."""
        return self._release(self._decoder.decode(data))

    def finish(self) -> str:
        """Return what was held back, at the end of the bytes."""
        text = self._release(self._decoder.decode(b"", final=True))
        if self.stopped:
            return text
        rest, self._pending = self._pending, ""
        return text + rest

    def _release(self, text: str) -> str:
        if self.stopped:
            return ""
        if not self._stops:
            return text
        pending = self._pending + text
        found = [(start + len(stop), start, stop) for stop in self._stops if (start := pending.find(stop)) >= 0]
        if found:
            _, start, self.stop = min(found)
            self._pending = ""
            return pending[:start]
        held = max((_overlap(pending, stop) for stop in self._stops), default=0)
        self._pending = pending[len(pending) - held :]
        return pending[: len(pending) - held]


def _overlap(text: str, stop: str) -> int:
    """Return the length of the longest end of a text that is a beginning of a stop text, and not all of it."""
    return next((size for size in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:size])), 0)

"""Bodies of requests: with a length that was announced, or in chunks (RFC 9112, section 6 and 7.1)."""

from __future__ import annotations

import re
from typing import Self

from olbuild.serving.hub.http.wire import Gone, Pace, Wire

_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")
_LONGEST_LINE = 4096
_MOST_TRAILERS = 32


class _Body:
    """What both kinds have in common. Reading it the first time asks for it, where the client waits for that."""

    size: int | None = None

    def __init__(self, wire: Wire, stall: float, ask: bytes) -> None:
        self._wire = wire
        self._pace = Pace(stall)
        self._ask = ask
        self.ended = False

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer with what comes next; 0 at the end.

        Raises:
            Gone: if the connection ends before the body does.
        """
        if self._ask:
            self._wire.send(self._ask)
            self._ask = b""
        if self.ended or not len(buffer):
            return 0
        count = self._next(buffer)
        self._pace.step(count)
        return count

    @property
    def asked(self) -> bool:
        """Whether the client sends it, asked or by itself."""
        return not self._ask

    def _next(self, buffer: memoryview) -> int:
        raise NotImplementedError

    def _receive(self, buffer: memoryview) -> int:
        count = self._wire.receive(buffer)
        if not count:
            raise Gone("the connection ended in a body")
        return count

    def abandon(self) -> None:
        """End the connection, from another thread."""
        self._wire.shut()

    def close(self) -> None:
        """Do nothing: the connection is closed by whoever opened it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


class LengthBody(_Body):
    """A body of ``Content-Length`` bytes."""

    def __init__(self, wire: Wire, size: int, stall: float, ask: bytes = b"") -> None:
        """Read ``size`` bytes."""
        super().__init__(wire, stall, ask)
        self.size = size
        self._left = size
        self.ended = not size

    def _next(self, buffer: memoryview) -> int:
        count = self._receive(buffer[: self._left])
        self._left -= count
        self.ended = not self._left
        return count


class ChunkedBody(_Body):
    """A body with ``Transfer-Encoding: chunked``. Trailers are passed over."""

    _left = 0
    _begun = False

    def _next(self, buffer: memoryview) -> int:
        if not self._left:
            self._begin_chunk()
            if self.ended:
                return 0
        count = self._receive(buffer[: self._left])
        self._left -= count
        return count

    def _begin_chunk(self) -> None:
        if self._begun and self._wire.read_line(_LONGEST_LINE):
            raise Gone("a chunk does not end where it should")
        self._begun = True
        match = _CHUNK.fullmatch(self._wire.read_line(_LONGEST_LINE))
        if match is None:
            raise Gone("a chunk does not begin with its size")
        self._left = int(match[1], 16)
        if not self._left:
            for _ in range(_MOST_TRAILERS):
                if not self._wire.read_line(_LONGEST_LINE):
                    self.ended = True
                    return
            raise Gone("there are too many trailers")

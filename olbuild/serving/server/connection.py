"""One connection: uvicorn's own, with limits on headers, on waiting for them, and on how many there are."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from olbuild.serving.server.settings import Limits
from olbuild.serving.server.streams import ABORT

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Connection(HttpToolsProtocol):
    """A connection of a client."""

    limits: ClassVar[Limits] = Limits()

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - whatever uvicorn gives
        """Begin before the first headers."""
        super().__init__(*arguments, **named)
        self._in_headers = self._header_bytes = 0
        self._waits: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            transport.abort()
        else:
            self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before the end of the headers."""
        if self._in_headers >= 0:
            self._in_headers += len(data)
        super().data_received(data)
        if self._in_headers > self.limits.header_bytes and not self.transport.is_closing():
            self._refuse()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, unless there is too much of them."""
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > self.limits.header_bytes:
            raise ValueError("the headers are too large")  # which makes the parser end, and uvicorn answer
        super().on_header(name, value)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or too much of it."""
        if self._header_bytes > self.limits.header_bytes:
            self._refuse()
        else:
            super().send_400_response(msg)

    def _refuse(self) -> None:
        self.transport.write(_TOO_LARGE)
        self.transport.close()

    def on_message_begin(self) -> None:
        """Begin with the headers of a request."""
        super().on_message_begin()
        self._in_headers = self._header_bytes = 0
        if self._waits is None:
            self._await_headers()
        self.scope[ABORT] = self.transport.abort  # type: ignore[literal-required]

    def on_headers_complete(self) -> None:
        """End the headers; what follows is the business of whoever reads the body."""
        self._in_headers = -1
        self._stop_waiting()
        super().on_headers_complete()

    def _await_headers(self) -> None:
        self._waits = self.loop.call_later(self.limits.header_seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None


def connections(limits: Limits) -> type[Connection]:
    """Return the class of connections that keep some limits."""
    return type("Connection", (Connection,), {"limits": limits})

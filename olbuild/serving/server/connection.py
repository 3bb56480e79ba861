"""One connection: uvicorn's own, with limits on headers, on waiting for them, and on how many there are."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress
from typing import Any, ClassVar

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from olbuild.serving.server.places import Held, has_place
from olbuild.serving.server.settings import Limits
from olbuild.serving.server.streams import ABORT

_LOGGER = logging.getLogger("olbuild.server")
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_BESIDES = 4  # bytes of a header that are neither its name nor its value
_OF_UPGRADES = {b"upgrade", b"http2-settings"}


class Connection(HttpToolsProtocol, Held):
    """A connection of a client."""

    limits: ClassVar[Limits] = Limits()

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - whatever uvicorn gives
        """Begin before the first headers."""
        super().__init__(*arguments, **named)
        self._in_headers = self._header_bytes = 0
        self._waits: asyncio.TimerHandle | None = None
        self.heard = 0.0
        self._declines = False

    @property
    def rests(self) -> bool:
        """Whether no request is being answered."""
        cycle: RequestResponseCycle | None = self.cycle  # None before the first one
        return cycle is None or cycle.response_complete

    @property
    def gone(self) -> bool:
        """Whether it is closed, or is about to be."""
        return self.transport.is_closing()

    def leave(self) -> None:
        """End it, whatever it does."""
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; if there are too many, in place of one that has nothing to do."""
        super().connection_made(transport)
        _forget_those_who_do_not_read(transport, self.limits.write_seconds)
        self.heard = self.loop.time()
        if not has_place(self, self.connections, self.limits.connections):
            transport.abort()
        else:
            self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what comes, and see that it is not too much before the end of the headers."""
        self.heard = self.loop.time()
        self._unset_keepalive_if_required()
        if self._in_headers >= 0:
            self._in_headers += len(data)
        self._parse(memoryview(data))
        if self.transport.is_closing():
            return
        if self._in_headers > self.limits.header_bytes:
            self._refuse()
        elif self.rests and self._waits is None:
            self._await_headers()  # of what comes behind an answer: the rest of its request, or blank lines, for ever

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, unless there is too much of them; those behind a body mean nothing."""
        self._header_bytes += len(name) + len(value) + _BESIDES
        if self._header_bytes > self.limits.header_bytes:
            raise ValueError("the headers are too large")  # which makes the parser end, and uvicorn answer
        if self._in_headers >= 0:
            super().on_header(name, value)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or too much of it."""
        if self._header_bytes > self.limits.header_bytes:
            self._refuse()
        else:
            _LOGGER.info("400, to what is no HTTP, from %s", self.client[0] if self.client else "somebody")
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        """Begin with the headers of a request."""
        super().on_message_begin()
        self._in_headers = self._header_bytes = 0
        if self._waits is None:
            self._await_headers()
        self.scope[ABORT] = self.transport.abort  # type: ignore[literal-required]

    def on_headers_complete(self) -> None:
        """End the headers; what follows is the business of whoever reads the body."""
        self._declines = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if self._declines:
            return
        self._in_headers = -1
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End the request, if it was one."""
        if not self._declines:
            super().on_message_complete()

    def _parse(self, data: memoryview) -> None:
        """Give data to the parser.

        It takes a request with a wish to speak another protocol (``Upgrade: h2c``, as Java's client has it in each
        first one) for the last one, and without body. Who does not know that protocol answers as if nothing had been
        wished (RFC 9110, 7.8): the request is read anew, without the wish.
        """
        try:
            while True:
                try:
                    self.parser.feed_data(data)
                except httptools.HttpParserUpgrade as upgrade:
                    data = data[upgrade.args[0] :]
                    self._read_anew()
                else:
                    return
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def _read_anew(self) -> None:
        line = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        kept = [(name, _without_upgrade(value) if name == b"connection" else value) for name, value in self.headers]
        lines = [b"%s: %s" % (name, value) for name, value in kept if name not in _OF_UPGRADES]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.feed_data(b"\r\n".join([line, *lines, b"", b""]))

    def _refuse(self) -> None:
        self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _await_headers(self) -> None:
        self._waits = self.loop.call_later(self.limits.header_seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None


def _forget_those_who_do_not_read(transport: asyncio.Transport, seconds: float) -> None:
    """Let the system end a connection whose client takes nothing for so long, also one that is closed here already.

    Else what is written to it waits for ever (tcp(7), ``TCP_USER_TIMEOUT``). Elsewhere than on Linux only streams are
    watched.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        with suppress(OSError):  # it has gone
            transport.get_extra_info("socket").setsockopt(
                socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, max(1, int(seconds * 1000))
            )


def _without_upgrade(value: bytes) -> bytes:
    """Return a ``Connection`` header that announces no other protocol."""
    return b", ".join(each for each in map(bytes.strip, value.split(b",")) if each.lower() not in _OF_UPGRADES)


def connections(limits: Limits) -> type[Connection]:
    """Return the class of connections that keep some limits."""
    return type("Connection", (Connection,), {"limits": limits})

"""What the proxy does with one connection: read a request, strike or carry it on, and send the answer."""

from __future__ import annotations

import http.client
import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import assert_never

from olbuild.testing.faults.data import (
    AfterResponse,
    Announce,
    Answer,
    Break,
    BreakUpload,
    Drip,
    Ending,
    Flip,
    Longer,
    Redirect,
    Rewrite,
    Swallow,
)
from olbuild.testing.faults.measures import Exchange
from olbuild.testing.faults.state import State

_BLOCK = 1 << 18
_SLICE = 1 << 15  # a limited rate is kept within a part of a second
_START = re.compile(r"bytes (\d+)-")
_HOP = {"connection", "keep-alive", "expect", "transfer-encoding", "proxy-connection"}


class _Ended(Exception):
    """The connection is to end, in this way."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending)
        self.ending = ending


class Relay(BaseHTTPRequestHandler):
    """One connection of a client. Each request has a connection to the registry of its own."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: State
    exchange: Exchange

    def setup(self) -> None:
        """Let a new connection wait for its round trip."""
        super().setup()
        time.sleep(self.proxy.latency)

    def relay(self) -> None:
        """Handle one request."""
        self.exchange = Exchange(
            method=self.command,
            target=self.path,
            credentials=self.headers.get("Authorization"),
            range=self.headers.get("Range"),
        )
        self.proxy.exchanges.append(self.exchange)
        time.sleep(self.proxy.latency)
        try:
            self._strike()
        except _Ended as ended:
            self._end(ended.ending)
        except (OSError, http.client.HTTPException):
            self.close_connection = True
        finally:
            self.exchange.seconds = time.monotonic() - self.exchange.began

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = relay  # noqa: N815 - the names of http.server

    def log_message(self, *_arguments: object) -> None:
        """Be silent."""

    def _strike(self) -> None:
        length = self.headers.get("Content-Length")
        end = None if length is None else int(length)
        what = self.proxy.plan.before(self.command, self.path, end)
        self.exchange.fault = type(what).__name__ if what else ""
        match what:
            case None:
                self._answer(self._ask())
            case BreakUpload():
                self._answer(self._ask(what))
            case Swallow():
                self._ask().read()
                raise _Ended(what.ending)
            case Answer():
                self._drain()
                self._say(what)
            case Redirect():
                self._drain()
                host, number = what.host or self.proxy.host, next(self.proxy.redirects)
                location = f"http://{host}{self.path}{'&' if '?' in self.path else '?'}signed={number}"
                self._say(Answer(status=what.status, headers=(("Location", location),)))
            case _:
                assert_never(what)

    # ── The request ─────────────────────────────────────────────────────────────────────────────────────

    def _ask(self, fault: BreakUpload | None = None) -> http.client.HTTPResponse:
        """Send the request to the registry, and return its answer."""
        path = self.path
        if self.proxy.prefix and path.startswith("/v2/"):
            path = self.proxy.prefix + path
        ignored = {*_HOP, *(name.lower() for name in self.proxy.headers)}
        if self.proxy.plan.ignores_range(self.command, self.path):
            ignored.add("range")
        registry = http.client.HTTPConnection(self.proxy.upstream, timeout=120)
        registry.putrequest(self.command, path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ignored:
                registry.putheader(name, value)
        for name, value in self.proxy.headers.items():
            registry.putheader(name, value)
        if self.proxy.certificate is not None:
            registry.putheader("X-Forwarded-Proto", "https")
        chunked = "chunked" in self.headers.get("Transfer-Encoding", "").lower()
        if chunked:
            registry.putheader("Transfer-Encoding", "chunked")
        registry.endheaders()
        try:
            for block in self._body(fault):
                registry.send(b"%x\r\n%b\r\n" % (len(block), block) if chunked else block)
            if chunked:
                registry.send(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the registry answered before it had read everything
        except _Ended:
            registry.close()
            raise
        return registry.getresponse()

    def _body(self, fault: BreakUpload | None = None) -> Iterator[bytes]:
        """Yield the body of the request as it comes."""
        started, most = time.monotonic(), _BLOCK if self.proxy.rate is None else _SLICE
        for length in self._chunks():
            left = length
            while left:
                amount = min(left, most)
                if fault is not None:
                    amount = min(amount, fault.at - self.exchange.uploaded)
                    if amount <= 0:
                        raise _Ended(fault.ending)
                block = self.rfile.read(amount)
                if not block:
                    raise _Ended("close")  # the client is gone, and the registry shall see it, too
                left -= len(block)
                self.exchange.uploaded += len(block)
                yield block
                _keep(self.proxy.rate, started, self.exchange.uploaded)

    def _chunks(self) -> Iterator[int]:
        """Yield the lengths of the pieces of the request's body; who iterates reads them."""
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            yield int(self.headers.get("Content-Length") or 0)
            return
        while size := int(self.rfile.readline(1024).split(b";")[0] or b"0", 16):
            yield size
            self.rfile.readline(1024)
        while self.rfile.readline(1024).strip():
            pass

    def _drain(self) -> None:
        for _ in self._body():
            pass

    # ── The answer ──────────────────────────────────────────────────────────────────────────────────────

    def _say(self, answer: Answer) -> None:
        self.exchange.status = answer.status
        self.send_response(answer.status)
        for name, value in ({"Content-Length": str(len(answer.body))} | dict(answer.headers)).items():
            self.send_header(name, value.replace("{host}", self.proxy.host))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
            self.exchange.downloaded = len(answer.body)

    def _answer(self, response: http.client.HTTPResponse) -> None:
        """Pass the registry's answer on, struck or not."""
        self.exchange.status = response.status
        found = _START.match(response.headers.get("Content-Range", ""))
        self.exchange.start = int(found[1]) if found else 0
        if self.command == "HEAD":
            self._head(response, None, None)
            return
        length, blocks = response.length, _blocks(response)
        if length is None:  # in chunks: only small things are
            blocks = iter([data := response.read()])
            length = len(data)
        what: AfterResponse | None = None
        if response.status in {http.client.OK, http.client.PARTIAL_CONTENT}:
            what = self.proxy.plan.after(self.command, self.path, self.exchange.start + length)
        if what is not None:
            self.exchange.fault = type(what).__name__
        if isinstance(what, Rewrite):
            blocks = iter([data := b"".join(blocks).replace(what.old, what.new)])
            length = len(data)
        self._head(response, length, what)
        self._send(blocks, what)

    def _head(self, response: http.client.HTTPResponse, length: int | None, what: AfterResponse | None) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers.items():
            if name.lower() not in {*_HOP, "content-length"} or (name.lower() == "content-length" and length is None):
                self.send_header(name, value)
        if length is not None and response.status != http.client.NO_CONTENT:
            if isinstance(what, Longer):
                length += len(what.extra)
            if isinstance(what, Announce):
                length += what.difference
                self.close_connection = True
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send(self, blocks: Iterator[bytes], what: AfterResponse | None) -> None:
        rate, started = self.proxy.rate, time.monotonic()
        if isinstance(what, Drip):
            rate = what.rate
        for whole in blocks:
            block = whole
            offset = self.exchange.start + self.exchange.downloaded
            if isinstance(what, Break) and offset + len(block) > what.at:
                self._pass(block[: max(0, what.at - offset)], rate, started)
                raise _Ended(what.ending)
            if isinstance(what, Flip) and offset <= what.at < offset + len(block):
                place = what.at - offset
                block = block[:place] + bytes([block[place] ^ 1]) + block[place + 1 :]
            self._pass(block, rate, started)
        if isinstance(what, Longer):
            self._pass(what.extra, rate, started)

    def _pass(self, block: bytes, rate: float | None, started: float) -> None:
        step = len(block) if rate is None else min(_SLICE, max(1, int(rate / 10)))
        with memoryview(block) as view:
            for begin in range(0, len(block), step or 1):
                piece = view[begin : begin + step]
                self.connection.sendall(piece)
                self.exchange.downloaded += len(piece)
                _keep(rate, started, self.exchange.downloaded)

    def _end(self, ending: Ending) -> None:
        """End the connection as a fault says; what was sent before shall have arrived."""
        self.close_connection = True
        if ending == "stall":
            self.proxy.stopped.wait()
        if ending == "reset":
            time.sleep(0.1)  # a reset throws away what the client has not read
            with suppress(OSError):
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            socket.close(self.connection.detach())


def handler(proxy: State) -> type[Relay]:
    """Return the class of the connections of a proxy."""
    return type("Connection", (Relay,), {"proxy": proxy})


def _blocks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    while block := response.read(_BLOCK):
        yield block


def _keep(rate: float | None, started: float, amount: int) -> None:
    """Sleep until ``amount`` bytes may have passed."""
    if rate is not None:
        time.sleep(max(0.0, started + amount / rate - time.monotonic()))

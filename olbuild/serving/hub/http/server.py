"""Listening, and a thread for each connection."""

from __future__ import annotations

import errno
import select
import socket
import ssl
import time
from contextlib import suppress
from threading import Lock, Thread

from olbuild.core.errors import UsageError
from olbuild.core.records import Frozen
from olbuild.serving.hub.http.connection import Connection, Handle
from olbuild.serving.hub.http.wire import Gone, Wire

_TICK = 0.05
_SETTLED = 1.0  # a connection that is younger has hardly had the time to ask for something


class Limits(Frozen, kw_only=True):
    """Bounds of a server: connections at a time, and seconds."""

    connections: int = 128
    stall: float = 60.0
    """without a byte of what has begun, or for a whole head"""
    idle: float = 60.0
    """between two requests of a connection; idle ones are closed before others must wait"""
    drain: float = 30.0
    """that transfers may go on after ``stop``"""


class Server:
    """Serves until it is stopped."""

    def __init__(
        self, host: str, port: int, handle: Handle, *, tls: ssl.SSLContext | None = None, limits: Limits | None = None
    ) -> None:
        """Listen; port 0 is any that is free.

        Raises:
            UsageError: if the address cannot be used.
        """
        self._handle = handle
        self._tls = tls
        self._limits = limits or Limits()
        self._connections: set[Connection] = set()
        self._guard = Lock()
        self._wake, self._woken = socket.socketpair()
        self._stopped = False
        self._listener = _listen(host, port)
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        """where it listens"""

    def stop(self) -> None:
        """Take no new connection, and end when what has begun is done. A signal handler may call it."""
        self._stopped = True
        with suppress(OSError):
            self._wake.send(b"x")

    def serve(self) -> None:
        """Serve until ``stop``."""
        try:
            while not self._stopped:
                select.select([self._listener, self._woken], [], [])
                if not self._stopped:
                    self._accept()
        finally:
            self._listener.close()
            self._drain()
            self._wake.close()
            self._woken.close()

    def _accept(self) -> None:
        while len(self._connections) >= self._limits.connections and not self._stopped:
            self._close_idle(_SETTLED)
            time.sleep(_TICK)
        try:
            accepted, _ = self._listener.accept()
        except OSError:  # it went away again, or this process has no file descriptor left
            time.sleep(_TICK)
            return
        with suppress(OSError):
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        limits = self._limits
        connection = Connection(Wire(accepted, limits.stall), self._handle, stall=limits.stall, patience=limits.idle)
        with self._guard:
            self._connections.add(connection)
        try:
            Thread(target=self._run, args=(connection,), daemon=True).start()
        except RuntimeError:  # this process may have no more threads
            self._forget(connection)

    def _run(self, connection: Connection) -> None:
        try:
            if self._tls is not None:
                encrypted = self._tls.wrap_socket(connection.wire.socket, server_side=True)
                connection.wire = Wire(encrypted, self._limits.stall)
            connection.run()
        except (OSError, Gone):  # what speaks no TLS, or trusts another authority, is no client
            pass
        finally:
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        connection.wire.close()
        with self._guard:
            self._connections.discard(connection)

    def _close_idle(self, age: float) -> None:
        """Close the connections that wait for a request, and have for ``age`` seconds."""
        latest = time.monotonic() - age
        with self._guard:
            idle = [each for each in self._connections if each.idle_since is not None and each.idle_since <= latest]
        for connection in idle:
            connection.closing = True
            with suppress(OSError):
                connection.wire.socket.shutdown(socket.SHUT_RD)

    def _drain(self) -> None:
        end = time.monotonic() + self._limits.drain
        while self._connections and time.monotonic() < end:
            with self._guard:
                for connection in self._connections:
                    connection.closing = True
            self._close_idle(0)
            time.sleep(_TICK)


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)  # what clients try first
        listener = socket.create_server(address[:2], family=family, backlog=128)
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        taken = getattr(error, "errno", None) == errno.EADDRINUSE
        hint = "another program has the port, perhaps a registry that runs already; " if taken else ""
        raise UsageError(
            f"cannot listen on {host}:{port}: {reason}", hint=f"{hint}--listen takes another address"
        ) from None
    listener.settimeout(0)
    return listener

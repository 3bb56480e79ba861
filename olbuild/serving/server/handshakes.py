"""Connections that are to speak TLS: they have a place and a limited time from the moment on that they are there."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from socket import socket
from typing import Any

from olbuild.serving.server.connection import Connection
from olbuild.serving.server.places import Held, has_place
from olbuild.serving.server.settings import Limits

_LOGGER = logging.getLogger("olbuild.server")
_PAUSE = 1.0  # seconds, when the system has no descriptor left; asyncio's own servers wait as long


class Handshakes:
    """Listens for connections that are to speak TLS. Made within an event loop; otherwise like ``asyncio.Server``.

    The event loop could do all of it itself, but it tells nobody of a connection before both sides have agreed on TLS:
    no limit would count it.

    Args:
        listening: the socket; whoever made it closes it.
        tls: with which certificate.
        limits: of these, how many connections there may be, and how long each may take for the handshake.
        make: makes what a connection is heard by when it speaks TLS.
    """

    def __init__(self, listening: socket, tls: ssl.SSLContext, limits: Limits, make: Callable[[], Connection]) -> None:
        """Begin to listen."""
        listening.settimeout(0)
        self._listening, self._tls, self._limits, self._make = listening, tls, limits, make
        self._accepting = asyncio.create_task(self._accept())

    def close(self) -> None:
        """Accept no more."""
        self._accepting.cancel()

    async def wait_closed(self) -> None:
        """Wait until none is accepted any more."""
        await asyncio.wait([self._accepting])

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(self._listening)
            except ConnectionError:  # the client has gone
                continue
            except OSError as error:
                _LOGGER.warning("a connection could not be accepted: %s", error.strerror)
                await asyncio.sleep(_PAUSE)
                continue
            connection = self._make()
            shaking = Handshake(accepted, connection, self._tls, self._limits.header_seconds)
            held: set[Any] = connection.connections  # which uvicorn tells to shut down
            held.add(shaking)
            if not has_place(shaking, held, self._limits.connections):
                shaking.leave()


class Handshake(Held):
    """One that has not agreed on TLS yet."""

    def __init__(self, accepted: socket, connection: Connection, tls: ssl.SSLContext, seconds: float) -> None:
        """Begin."""
        loop = asyncio.get_running_loop()
        self.heard = loop.time()
        self._accepted, self._connection = accepted, connection
        self._task = loop.create_task(self._shake(loop, tls, seconds))
        self._task.add_done_callback(self._end)

    @property
    def gone(self) -> bool:
        """Whether it has ended, in one way or the other."""
        return self._connection.transport is not None or self._task.done()

    def leave(self) -> None:
        """End without TLS."""
        self._task.cancel()
        self._forget()

    shutdown = leave

    def _forget(self) -> None:
        held: set[Any] = self._connection.connections
        held.discard(self)

    async def _shake(self, loop: asyncio.AbstractEventLoop, tls: ssl.SSLContext, seconds: float) -> None:
        with suppress(OSError):  # it speaks no TLS, none of ours, or not in time; or it has gone
            await loop.connect_accepted_socket(
                lambda: self._connection, self._accepted, ssl=tls, ssl_handshake_timeout=seconds
            )

    def _end(self, task: asyncio.Task[None]) -> None:
        self._forget()
        if self._connection.transport is None:
            self._accepted.close()
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOGGER.error("a handshake failed: %s: %s", type(error).__name__, error)

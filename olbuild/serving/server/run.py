"""The server as a running thing: sockets, signals, and an end that lets answers end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from olbuild.core.errors import UsageError
from olbuild.serving.server.connection import Connection, connections
from olbuild.serving.server.handshakes import Handshakes
from olbuild.serving.server.settings import Limits

_BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is any that is free.

    Raises:
        UsageError: if it cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(_BACKLOG)
        except BaseException:
            listening.close()
            raise
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        hint = "another server, perhaps Ollama, listens there; --port takes another port" if taken else None
        raise UsageError(f"cannot listen on {host}, port {port}: {error.strerror or error}", hint=hint) from None
    return listening


class HttpServer(uvicorn.Server):
    """Answers on a socket."""

    def __init__(
        self,
        app: ASGIApp,
        limits: Limits,
        *,
        signals: bool = True,
        tls: ssl.SSLContext | None = None,
        stopping: Callable[[], None] = lambda: None,
        reload: Callable[[], None] | None = None,
    ) -> None:
        """Serve an application, with TLS or without.

        Args:
            app: the application.
            limits: what a client may take.
            signals: whether SIGINT and SIGTERM stop it, and SIGHUP, too, if there is nothing to ``reload``.
            tls: for TLS.
            stopping: told that it shall end.
            reload: reads anew what can be read anew, on SIGHUP.
        """
        kind = connections(limits)
        super().__init__(
            uvicorn.Config(
                app,
                http=kind,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=limits.idle_seconds,
                timeout_graceful_shutdown=max(1, int(limits.drain_seconds)),
            )
        )
        self._limits, self._tls, self._kind = limits, tls, kind
        self._signals, self._stopping, self._reload = signals, stopping, reload

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        if self._tls is None:
            await super().startup(sockets)
            return
        await super().startup([])
        listeners: list[Any] = self.servers
        listeners += (Handshakes(each, self._tls, self._limits, self._connection) for each in sockets or ())

    def _connection(self) -> Connection:
        return self._kind(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    def stop(self) -> None:
        """Take no further requests, and let answers end within ``drain_seconds``; told twice, end at once."""
        self._stopping()
        self.force_exit = self.should_exit
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Hear signals in the loop, and do not raise them again behind the end."""
        if not self._signals:
            yield
            return
        loop = asyncio.get_running_loop()
        heard = {signal.SIGINT: self.stop, signal.SIGTERM: self.stop}
        if self._reload is not None or signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # which nohup sets
            heard[signal.SIGHUP] = self._reload or self.stop
        for number, hear in heard.items():
            loop.add_signal_handler(number, hear)
        try:
            yield
        finally:
            for number in heard:
                loop.remove_signal_handler(number)

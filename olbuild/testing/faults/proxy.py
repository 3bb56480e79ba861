"""A proxy before a registry: it strikes as its faults say, delays, limits rates, and keeps what it saw."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from itertools import count
from typing import Self

from olbuild.testing.faults.data import Fault
from olbuild.testing.faults.relay import handler
from olbuild.testing.faults.state import State


class Proxy(State):
    """A reverse proxy on a free port of 127.0.0.1; ``State`` says what can be set and seen."""

    @contextmanager
    def running(self, *faults: Fault) -> Iterator[Self]:
        """Serve while the context lasts; connections that stall end with it."""
        self.plan.replace(faults)
        server = _Server(("127.0.0.1", 0), handler(self))
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            # The handshake is left to the thread of the connection: a client that stalls in it stops nobody else.
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self.host = f"127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.stopped.set()
            server.shutdown()
            server.server_close()
            thread.join()

    def strike(self, faults: Iterable[Fault]) -> None:
        """Forget what was seen, and strike with other faults from now on."""
        self.exchanges = []
        self.redirects = count(1)
        self.plan.replace(faults)


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Be silent: broken connections are what this is for."""

"""A proxy before a registry: it strikes as its faults say, delays, limits rates, and keeps what it saw."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Self

from olbuild.testing.faults.data import Fault, Plan
from olbuild.testing.faults.measures import Exchange


@dataclass(kw_only=True)
class Proxy:
    """A reverse proxy on a free port of 127.0.0.1.

    Args:
        upstream: host and port of the registry, which speaks HTTP without TLS.
        latency: seconds of a round trip: one is waited for each new connection and one for each request.
        rate: bytes a second that one connection carries at most in a direction; ``None`` for no limit.
        prefix: where the registry has its API, such as ``/under/here``: ``/v2/…`` is asked for there. Addresses that it
            answers with are left as they are, so they lie under that path.
        headers: added to each request for the registry, such as the credentials of a host of signed addresses.
        certificate: a file with key and certificate, to speak TLS.

    ``host`` is what a reference begins with. ``exchanges`` keeps every request, in the order of their arrival.
    """

    upstream: str
    latency: float = 0.0
    rate: float | None = None
    prefix: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    certificate: Path | None = None
    host: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    plan: Plan = field(default_factory=Plan)
    redirects: Iterator[int] = field(default_factory=lambda: count(1))
    stopped: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self, *faults: Fault) -> Iterator[Self]:
        """Serve while the context lasts; connections that stall end with it."""
        from olbuild.testing.faults.relay import handler  # noqa: PLC0415 - it needs this class

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

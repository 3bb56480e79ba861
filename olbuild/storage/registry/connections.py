"""HTTP connections for large bodies: what ``requests`` and urllib3 do not offer by an argument.

- Blocks of 1 MiB instead of 16 KiB, which takes a third of the processor time of an upload.
- The idle timeout holds while sending as well; urllib3 sends under the timeout of ``connect``, or under none.
- A body can send itself, by ``sendfile`` for instance, and an answer that comes before all was sent is read.
- A request target can be sent byte for byte. urllib3 respells percent-escapes, and a ``Location`` may be signed.
- The system's certificates are trusted beside certifi's, as by every other registry client.
"""

from __future__ import annotations

import os
import socket
import ssl
from contextlib import suppress
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import InvalidHeader
from urllib3.util.ssl_ import create_urllib3_context

from olbuild.storage.parts import current

BLOCK = 1 << 20
_EXACT = "Olbuild-Exact-Target"  # never sent: the connection takes it out again


class _Exact:
    """The part that both kinds of connection share."""

    idle: float
    sock: Any
    timeout: Any
    close: Any
    _cut = False

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self.sock.settimeout(self.idle)

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **options: Any) -> None:  # noqa: ANN401 - urllib3's signature
        headers = dict(headers or {})
        if self.sock is not None:
            self.timeout = self.idle  # urllib3 gives it to the socket before it sends
        super().request(method, headers.pop(_EXACT, url), body, headers, **options)  # type: ignore[misc]

    def send(self, data: Any) -> None:  # noqa: ANN401 - urllib3's signature
        if not hasattr(data, "send_to"):
            super().send(data)  # type: ignore[misc]
            return
        stop, sock = current(), self.sock
        if stop is not None:
            stop.watch(self, lambda: shut(sock))  # until the answer is there, which can take as long as the sending
        try:
            data.send_to(sock)
        except BaseException as error:
            self._cut = True
            if stop is not None and not isinstance(error, BrokenPipeError):  # after that the answer is read
                stop.unwatch(self)
            raise

    def getresponse(self) -> Any:  # noqa: ANN401 - urllib3's signature
        connected, stop = self.sock, current()
        if stop is not None and connected is not None:
            stop.watch(self, lambda: shut(connected))
        try:
            response = super().getresponse()  # type: ignore[misc]
            if self._cut:
                self.close()  # the answer can still be read; nothing else may be sent after half a body
                self._cut = False
            return response
        except InvalidHeader:
            # urllib3 drops the answer half-made, and with it the only one who could close what it reads from.
            if connected is not None and connected.fileno() >= 0:
                os.close(connected.detach())
            raise
        finally:
            if stop is not None:
                stop.unwatch(self)


def shut(connected: socket.socket) -> None:
    """End what another thread waits for. Not by a method of TLS: it would let the reader go on without TLS."""
    with suppress(OSError, ValueError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


class Adapter(HTTPAdapter):
    """Makes the connections. ``idle`` is in seconds."""

    def __init__(self, *, idle: float, tls: bool, insecure: bool = False) -> None:
        """Prepare classes of connections that know the timeout; urllib3 offers no argument for it."""
        plain = type("Connection", (_Exact, HTTPConnection), {"idle": idle})
        secure = type("SecureConnection", (_Exact, HTTPSConnection), {"idle": idle})
        self._pools = {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
        self._options: dict[str, Any] = {"blocksize": BLOCK}
        if tls:
            context = create_urllib3_context()
            context.load_default_certs()
            if insecure:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            self._options["ssl_context"] = context
        super().__init__(pool_maxsize=64)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:  # noqa: ANN401, FBT001, FBT002 - the signature of requests
        """Make the pools of direct connections."""
        super().init_poolmanager(connections, maxsize, block, **options, **self._options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:  # noqa: ANN401 - the signature of requests
        """Make the pools of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **{**self._options, **options})
        if not proxy.lower().startswith("socks"):  # SOCKS has connection classes of its own
            manager.pool_classes_by_scheme = self._pools
        return manager

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override] # noqa: ANN401 - the signature of requests
        """Send; a target that a proxy does not need whole goes out as it stands in ``request.url``."""
        target = self.request_url(request, options.get("proxies"))
        socks = any(str(proxy).lower().startswith("socks") for proxy in (options.get("proxies") or {}).values())
        if target.startswith("/") and not socks:
            parts = urlsplit(request.url or "")
            request.headers[_EXACT] = (str(parts.path) or "/") + (f"?{parts.query!s}" if parts.query else "")
        try:
            return super().send(request, **options)
        finally:
            request.headers.pop(_EXACT, None)


class Session(requests.Session):
    """A session that follows no redirect, keeps no cookie and adds no credentials of its own."""

    def __init__(self, *, agent: str, idle: float, insecure: bool = False) -> None:
        """Make the session; ``agent`` is the only thing that a registry learns about this client.

        ``insecure`` lets every certificate pass.
        """
        super().__init__()
        if insecure:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # whoever chose it was told by us
        self.headers.clear()
        # Identity: a digest is of the bytes as they are stored, and a proxy must not recode them.
        self.headers.update({"User-Agent": agent, "Accept-Encoding": "identity"})
        # Harbor takes a client that keeps cookies for a browser and wants CSRF tokens of it.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.auth = lambda request: request  # without one, requests would add what ~/.netrc has
        self.mount("http://", Adapter(idle=idle, tls=False))
        self.mount("https://", Adapter(idle=idle, tls=True, insecure=insecure))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Say that there is none; ``requests`` would read the whole body of the answer, however long."""

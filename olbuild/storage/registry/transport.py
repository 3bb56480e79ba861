"""Requests without credentials: retries, redirects, timeouts and warnings."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeAlias
from urllib.parse import urljoin

import requests
from msgspec import field
from requests.utils import select_proxy
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from olbuild import __version__
from olbuild.core.errors import RegistryError
from olbuild.core.events import Emit, Said
from olbuild.core.loopback import is_loopback
from olbuild.core.records import Frozen
from olbuild.core.registries import RegistrySettings
from olbuild.storage.parts import sleep
from olbuild.storage.registry.breaks import BROKEN, ConnectionFailed, broken
from olbuild.storage.registry.connections import Session
from olbuild.storage.registry.failures import drain
from olbuild.storage.registry.hosts import Endpoint, authority, hostname, origin
from olbuild.storage.registry.retry import Answered, Break, Outcome, Policy
from olbuild.storage.registry.words import escaped, printable, shown_address

_REDIRECTS = {301, 302, 303, 307, 308}
_KEEP_METHOD = {307, 308}
_MOST_REDIRECTS = 10
_WARNING = re.compile(r'299\s+\S+\s+"((?:[^"\\]|\\.)*)"')
_WORTH_SAYING = 3.0
_ENOUGH = 40.0  # seconds after which a request that gets no answer is not sent again

Body: TypeAlias = Any
"""``None``, ``bytes``, or a stream: an object with ``read``, ``__iter__`` and ``__len__``, which is sent only once."""


class Patience(Frozen, kw_only=True):
    """How long to wait, in seconds, how often to try again, and how much is done at once.

    ``idle`` is for an answer to begin, ``silence`` for a body that has begun to arrive or to be taken. ``connections``
    is how many are opened for blobs, ``piece`` how many bytes of an upload are sent in one request: ``None`` is what
    the registry makes possible without losing more than ``PIECE`` bytes when it is cut off.
    """

    connect: float = 10.0
    idle: float = 60.0
    silence: float = 6.0
    policy: Policy = field(default_factory=Policy)
    piece: int | None = None
    sleep: Callable[[float], None] = sleep
    connections: int = 8

    @classmethod
    def of(cls, settings: RegistrySettings) -> Self:
        """Take it from the configuration."""
        return cls(
            connect=settings.connect_timeout,
            idle=settings.idle_timeout,
            silence=settings.stall_timeout,
            policy=Policy(attempts=settings.retries + 1, connect_attempts=min(3, settings.retries + 1)),
            piece=settings.chunk_size,
            connections=settings.connections,
        )


class Transport:
    """Sends requests for one registry. Credentials never follow a redirect to another origin."""

    def __init__(
        self, endpoint: Endpoint, patience: Patience, emit: Emit, settings: RegistrySettings | None = None
    ) -> None:
        """Make the session; nothing is sent yet."""
        self._settings = settings or RegistrySettings()
        self.endpoint = endpoint
        self.patience = patience
        self.session = Session(agent=f"olbuild/{__version__}", idle=patience.idle, insecure=self._settings.insecure)
        self._emit = emit
        self._said: set[str] = set()
        self._lock = threading.Lock()

    def send(
        self, method: str, url: str, headers: Mapping[str, str], data: Body = None, wait: float | None = None
    ) -> requests.Response:
        """Send a request, and again as the policy says, unless its body is a stream.

        ``wait`` is how many seconds the answer may take, if it is not as usual.

        Returns:
            the last response, whatever its status, body unread.

        Raises:
            ConnectionFailed: if no response came.
            RegistryError: if redirects lead nowhere.
        """
        attempt, began = 0, time.monotonic()
        while True:
            attempt += 1
            try:
                response = self._follow(method, url, headers, data, wait)
            except ConnectionFailed as error:
                late = time.monotonic() - began > _ENOUGH
                if late or not is_replayable(data) or not self.pause(attempt, error.outcome):
                    raise
                continue
            answer = Answered(status=response.status_code, retry_after=response.headers.get("Retry-After"))
            if not is_replayable(data) or not self.pause(attempt, answer):
                return response
            drain(response)

    def pause(self, attempt: int, outcome: Outcome) -> bool:
        """Sleep as the policy says; false, without sleep, when it says to stop."""
        dice = random.random()  # noqa: S311 - spreads clients in time, protects nothing
        delay = self.patience.policy.delay(attempt, outcome, dice=dice, now=time.time())
        if delay is None:
            return False
        if delay >= _WORTH_SAYING:
            why = f"answered {outcome.status}" if isinstance(outcome, Answered) else "broke the connection"
            self._emit(Said(text=f"{self.endpoint.name} {why}; trying again in {delay:.0f} s"))
        self.patience.sleep(delay)
        return True

    def warn(self, text: str) -> None:
        """Say a warning once."""
        with self._lock:
            new = text not in self._said
            self._said.add(text)
        if new:
            self._emit(Said(text=text, level="warning"))

    def _follow(
        self, method: str, url: str, headers: Mapping[str, str], data: Body, wait: float | None
    ) -> requests.Response:
        """Send, and follow redirects that can be followed.

        Once a redirect left the origin, ``Authorization`` is gone for good (distribution-spec 1.2, "Redirects": it
        must not be forwarded across hosts), and what came back to the origin was directed by a stranger. A body never
        leaves it: it may hold a secret as well, such as a refresh token.
        """
        headers = dict(headers)
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._once(method, url, headers, data, wait)
            location = response.headers.get("Location")
            status = response.status_code
            follows = status in _KEEP_METHOD or method in {"GET", "HEAD"}
            if status not in _REDIRECTS or not location or not follows or not is_replayable(data):
                return response
            try:
                target = self.join(url, location)
            except RegistryError:
                response.close()
                raise
            leaves = origin(target) != origin(url)
            if leaves and data:
                return response
            drain(response)
            if leaves:
                headers.pop("Authorization", None)
            url = target
        raise RegistryError(
            f"{self.endpoint.name} redirects in a circle: {shown_address(url)}",
            hint="the registry, or a proxy before it, is set up wrongly; who runs it can mend that",
        )

    def join(self, url: str, location: str) -> str:
        """Resolve a ``Location`` against the URL that gave it, without its fragment, which is never sent.

        Raises:
            RegistryError: if it leads out of HTTP, or from TLS to plain HTTP.
        """
        try:
            target = urljoin(url, escaped(location)).partition("#")[0]
        except ValueError:
            target = ""
        if origin(target) is None:
            raise RegistryError(f"{self._name(url)} gave an address that cannot be used: {shown_address(location)}")
        if url.startswith("https:") and target.startswith("http:"):
            raise RegistryError(
                f"{self._name(url)} redirects from TLS to plain HTTP: {shown_address(target)}",
                hint="the registry has a wrong idea of its own address; a proxy before it must tell it of the TLS",
            )
        return target

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], data: Body, wait: float | None
    ) -> requests.Response:
        try:
            response = self._ask(method, url, headers, data, wait)
        except (*BROKEN, ValueError) as cause:
            raise broken(cause, self.endpoint, url) from None
        for text in _WARNING.findall(response.headers.get("Warning", "")):
            self.warn(f"{self._name(url)} says: {printable(text)}")
        return response

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], data: Body, wait: float | None
    ) -> requests.Response:
        prepared = self.session.prepare_request(requests.Request(method, url, headers=dict(headers), data=data))
        prepared.url = url  # as it was given: requests respells percent-escapes, and the query may be signed
        host = authority(url)
        ours = self._settings
        if ours.insecure and url.startswith("https:"):
            self.warn(f"the certificate of {host} is not checked: the configuration says insecure")
        # As in Go's clients: a proxy is never asked for this machine itself.
        proxies = {"no_proxy": hostname(host)} if is_loopback(hostname(host)) or ours.proxy == "none" else {}
        if ours.proxy and not proxies:
            proxies = {"http": ours.proxy, "https": ours.proxy}
        # A client's certificate says who one is, which is nobody's business but the registry's.
        certificate = ours.client_certificate if self.endpoint.owns(url) else None
        settings = self.session.merge_environment_settings(
            url,
            proxies,
            stream=True,
            verify=False if ours.insecure else ours.ca,
            cert=(certificate, ours.client_key or certificate) if certificate else None,
        )
        timeout = (self.patience.connect, wait or self.patience.idle)
        proxy = select_proxy(url, settings["proxies"])
        if proxy and not _is_address(proxy):
            raise ConnectionFailed(
                f"the proxy that is set for {host} has no usable address",
                Break.FINAL,
                hint="HTTPS_PROXY, HTTP_PROXY or ALL_PROXY is as http://user:password@host:port, percent-encoded",
            )
        return self.session.send(prepared, timeout=timeout, allow_redirects=False, **settings)

    def _name(self, url: str) -> str:
        """Return whom to blame for an answer: after a redirect it is not the registry."""
        return self.endpoint.name if self.endpoint.owns(url) else authority(url)


def is_replayable(data: Body) -> bool:
    """Whether a body can be sent twice."""
    return data is None or isinstance(data, bytes)


def _is_address(proxy: str) -> bool:
    try:
        return bool(parse_url(proxy).host)
    except LocationParseError:
        return False

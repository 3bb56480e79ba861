"""Where a registry is: the host of a reference becomes the base of its URLs."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from olbuild.core.loopback import is_loopback
from olbuild.core.records import Frozen

DOCKER_HUB = "docker.io"
DOCKER_HUB_KEY = "https://index.docker.io/v1/"
"""The key under which Docker keeps the credentials of Docker Hub."""

_HUB_API = "registry-1.docker.io"
_HUB_NAMES = frozenset({DOCKER_HUB, "index.docker.io", _HUB_API})
_PORTS = {"http": 80, "https": 443}


class Endpoint(Frozen, kw_only=True):
    """A registry. ``name`` is for people and credentials, ``authority`` is what URLs have, ``scheme`` http or https."""

    name: str
    authority: str
    scheme: str

    @property
    def base(self) -> str:
        """Scheme and authority, without a slash at the end."""
        return f"{self.scheme}://{self.authority}"

    def owns(self, url: str) -> bool:
        """Whether a URL has this registry's scheme, host and port: only then may it see credentials."""
        return origin(url) == origin(self.base)

    def repository(self, name: str) -> str:
        """Return the path of a repository; Docker Hub's official ones live in ``library/``."""
        return f"library/{name}" if self.authority == _HUB_API and "/" not in name else name


def endpoint(host: str, plain_http: Iterable[str] = ()) -> Endpoint:
    """Find the endpoint of a host.

    Args:
        host: as it stands in a reference, such as ``ghcr.io`` or ``[::1]:5000``.
        plain_http: hosts, with or without a port, that are spoken to without TLS. Loopback always is.
    """
    host = host.lower()
    if host in _HUB_NAMES:
        return Endpoint(name=DOCKER_HUB, authority=_HUB_API, scheme="https")
    listed = {entry.lower() for entry in plain_http}
    plain = is_loopback(hostname(host)) or host in listed or hostname(host) in listed
    return Endpoint(name=host, authority=host, scheme="http" if plain else "https")


def hostname(authority: str) -> str:
    """Return an authority without its port, and an IPv6 address without its brackets."""
    return urlsplit(f"//{authority}").hostname or ""


def authority(url: str) -> str:
    """Return host and port of a URL as they stand there, without a user."""
    return urlsplit(url).netloc.rpartition("@")[2]


def origin(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of a URL in one spelling; ``None`` for what is not an http(s) URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname.rstrip("."), _PORTS[parts.scheme] if port is None else port

"""``OLLAMA_HOST``: where a server listens, and where a client finds it (ollama, ``envconfig.Host``)."""

from __future__ import annotations

from olbuild.core.records import Frozen

DEFAULT_PORT = 11434
_PORTS = {"http": 80, "https": 443}
_LAST_PORT = 65535
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what a client may not be told, it is replaced here


class Host(Frozen):
    """An address of a server. ``path`` stands in front of all paths, without a slash at its end."""

    scheme: str = "http"
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    path: str = ""

    def __str__(self) -> str:
        """Return it as a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    def reached(self) -> Host:
        """Return where a client on this machine reaches it: an address that means all is the one of the loopback."""
        return Host(self.scheme, _ANYWHERE.get(self.host, self.host), self.port, self.path)


def read_host(text: str) -> Host:
    """Read ``[scheme://]host[:port][/path]``; a port that is none is the default, as in Ollama."""
    text = text.strip(" \t\r\n\"'")
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    port = _PORTS.get(scheme, DEFAULT_PORT) if separator else DEFAULT_PORT
    place, _, path = rest.partition("/")
    host, written = _split(place)
    if written.isascii() and written.isdecimal() and int(written) <= _LAST_PORT:
        port = int(written)
    elif written:
        port = DEFAULT_PORT
    return Host(scheme, host or "127.0.0.1", port, f"/{path}".rstrip("/"))


def _split(place: str) -> tuple[str, str]:
    """Return the host, an IPv6 address without its brackets, and what is written as the port."""
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        return host, port.removeprefix(":")
    if place.count(":") > 1:
        return place, ""
    host, _, port = place.partition(":")
    return host, port

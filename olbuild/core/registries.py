"""What the configuration file says about registries: the mapping ``registries``, by host, ``"*"`` for all others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from olbuild.core.errors import UsageError
from olbuild.core.names import Reference
from olbuild.core.records import Frozen, replace
from olbuild.core.sizes import parse_size

_USER = re.compile("//[^/]*@")
EVERY = "*"
"""The host that stands for every registry; what is said of one itself wins."""

_SMALLEST_PIECE = 64 << 10
_MOST_CONNECTIONS = 64
_MOST_RETRIES = 100
_LONGEST = 86_400.0
_SCHEMES = ("http://", "https://", "socks5://", "socks5h://", "socks4://")

Entry: TypeAlias = Mapping[str, object]


class RegistrySettings(Frozen, kw_only=True):
    """The settings of one registry. Times are in seconds, sizes in bytes.

    ``stall_timeout`` is for a body that has begun to arrive or to be taken, ``idle_timeout`` for everything else.
    ``chunk_size`` is a piece of an upload, ``layer_limit`` the largest layer that is sent in one. ``proxy`` may be
    ``none``. ``mirrors`` are asked first when something is pulled: ``HOST`` or ``HOST/PATH``. ``plain_http`` left out
    means TLS, except on loopback.
    """

    connect_timeout: float = 10.0
    idle_timeout: float = 60.0
    stall_timeout: float = 6.0
    retries: int = 4
    connections: int = 8
    chunk_size: int | None = None
    layer_limit: int | None = None
    ca: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    proxy: str | None = None
    mirrors: tuple[str, ...] = ()
    plain_http: bool | None = None
    insecure: bool = False


def shown(name: str, value: object) -> object:
    """Return a setting's value as it may be shown: user and password of a proxy are left out."""
    return _USER.sub("//***@", value) if name == "proxy" and isinstance(value, str) else value


NAMES = RegistrySettings.__struct_fields__


class Registries(Frozen):
    """What is written about registries: by host, the settings that are given for it."""

    written: Mapping[str, Entry]

    def of(self, host: str) -> RegistrySettings:
        """Return the settings of a registry."""
        given: dict[str, Any] = {**self.written.get(EVERY, {}), **self.written.get(host.lower(), {})}
        return replace(RegistrySettings(), **given)

    def __iter__(self) -> Iterator[tuple[str, str, object]]:
        """Walk what is written, as it may be shown: host, setting and value."""
        for host, entry in self.written.items():
            for name, value in entry.items():
                yield host, name, shown(name, value)

    def __bool__(self) -> bool:
        return bool(self.written)


def read_registries(value: object, where: str) -> Registries:
    """Read the mapping strictly; ``where`` is its place in messages, such as ``config.yaml: registries``.

    Raises:
        UsageError: if something in it cannot be, with the place of it.
    """
    if not isinstance(value, dict):
        raise UsageError(f"{where} must be a mapping of hosts", hint="registries: {registry.example: {retries: 2}}")
    return Registries({_host(host, where): _entry(entry, f"{where}: {host}") for host, entry in value.items()})


def _host(host: object, where: str) -> str:
    if host == EVERY:
        return EVERY
    try:
        return str(Reference(host=host if isinstance(host, str) else "", repository="name").host).lower()
    except UsageError:
        raise UsageError(
            f"{where}: {str(host)[:100]!r} is no registry host",
            hint='it is as ghcr.io or registry.example:5000, or "*"',
        ) from None


def _entry(entry: object, where: str) -> Entry:
    if not isinstance(entry, dict):
        raise UsageError(f"{where} must be a mapping of settings", hint=f"the settings are {', '.join(NAMES)}")
    for name in entry:
        if name not in NAMES:
            raise UsageError(
                f"{where}: unknown setting {str(name)[:100]!r}", hint=f"the settings are {', '.join(NAMES)}"
            )
    read = {name: _READ[name](value, f"{where}: {name}") for name, value in entry.items()}
    if ("client_key" in read) > ("client_certificate" in read):
        raise UsageError(f"{where}: client_key is given without client_certificate")
    return read


def _seconds(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST:
        raise UsageError(f"{where} must be a number of seconds, more than 0 and at most {_LONGEST:.0f}")
    return float(value)


def _count(least: int, most: int) -> Any:  # noqa: ANN401 - a reader, as the others are
    def read(value: object, where: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise UsageError(f"{where} must be a whole number from {least} to {most}")
        return value

    return read


def _size(value: object, where: str) -> int:
    try:
        size = parse_size(str(value)) if isinstance(value, int | str) and not isinstance(value, bool) else 0
    except ValueError:
        size = 0
    if size < _SMALLEST_PIECE:
        raise UsageError(f"{where} must be a size of at least {_SMALLEST_PIECE} bytes, such as 64MiB")
    return size


def _switch(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{where} must be true or false")
    return value


def _file(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise UsageError(f"{where} must be the path of a PEM file")
    path = Path(value).expanduser()
    if not path.is_absolute():
        raise UsageError(f"{where} must be an absolute path, and {value!r} is none")
    return str(path)


def _proxy(value: object, where: str) -> str:
    if not isinstance(value, str) or not (value == "none" or value.startswith(_SCHEMES)):
        raise UsageError(f"{where} must be an address such as http://proxy.example:3128, or none")
    return value


def _mirrors(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise UsageError(f"{where} must be a list of mirrors, such as [mirror.example]")
    for item in value:
        try:
            found = Reference.parse(f"{item}/name") if isinstance(item, str) else None
        except UsageError:
            found = None
        if found is None or found.host is None:
            raise UsageError(f"{where}: {str(item)[:100]!r} is no mirror such as mirror.example or mirror.example/path")
    return tuple(value)


_READ: Mapping[str, Any] = {
    "connect_timeout": _seconds,
    "idle_timeout": _seconds,
    "stall_timeout": _seconds,
    "retries": _count(0, _MOST_RETRIES),
    "connections": _count(1, _MOST_CONNECTIONS),
    "chunk_size": _size,
    "layer_limit": _size,
    "ca": _file,
    "client_certificate": _file,
    "client_key": _file,
    "proxy": _proxy,
    "mirrors": _mirrors,
    "plain_http": _switch,
    "insecure": _switch,
}

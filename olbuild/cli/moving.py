"""What push, pull and build share: which registry ``--plain-http`` is about."""

from __future__ import annotations

from olbuild.cli.session import Session


def allow_plain_http(session: Session, *places: str) -> None:
    """Speak HTTP without TLS with the registries that are named, for this run."""
    from olbuild.api.locations import LocalLocation, RegistryLocation, parse_location

    hosts = []
    for place in places:
        location = parse_location(place)
        if isinstance(location, RegistryLocation):
            hosts.append(location.reference.host)
        elif isinstance(location, LocalLocation):
            hosts.append((session.config.default_registry or "").partition("/")[0])
    session.with_settings(plain_http=(*session.config.plain_http, *(host for host in hosts if host)))

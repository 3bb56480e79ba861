"""What the commands that move artifacts share: which registries ``--plain-http`` is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from olbuild.cli.session import Session

if TYPE_CHECKING:
    from olbuild.api.building import BuildRequest


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


def allow_plain_http_of(session: Session, request: BuildRequest, *names: str) -> None:
    """Speak HTTP without TLS with the registries that a Modelfile names, and with those of some names."""
    from olbuild.api.building import inputs
    from olbuild.api.locations import RegistryLocation, is_path, parse_location
    from olbuild.core.errors import UsageError

    remote = []
    for each in inputs(request):
        try:
            if not is_path(each) and isinstance(parse_location(each), RegistryLocation):
                remote.append(each)
        except UsageError:
            continue  # a file of that name, or an error that the build explains
    allow_plain_http(session, *names, *remote)

"""How registries are spoken to in one run: the settings, and what is told and remembered."""

from __future__ import annotations

from pathlib import Path

from olbuild.core.events import Emit
from olbuild.core.records import Frozen, replace
from olbuild.core.registries import Registries
from olbuild.storage.registry.authenticator import Find
from olbuild.storage.registry.hosts import Endpoint, endpoint
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.transport import Patience


class Setup(Frozen):
    """What every client of a registry is made with; see ``open_registry``."""

    plain_http: tuple[str, ...]
    emit: Emit
    patience: Patience | None
    state: Path | None
    registries: Registries

    def endpoint(self, host: str) -> Endpoint:
        """Find the endpoint of a host; the settings, too, can say that it is spoken to without TLS."""
        where = endpoint(host, self.plain_http)
        plain = self.registries.of(where.name).plain_http
        return where if plain is None else replace(where, scheme="http" if plain else "https")

    def provider(self, where: Endpoint, find: Find) -> Provider:
        """Make the client of a registry; ``find`` looks for credentials."""
        return Provider(
            where,
            find=find,
            patience=self.patience,
            emit=self.emit,
            state=self.state,
            settings=self.registries.of(where.name),
        )

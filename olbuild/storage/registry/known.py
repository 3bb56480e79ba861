"""One registry as ``registry info`` looks at it."""

from __future__ import annotations

from olbuild.storage.registry.credentials import find_credentials
from olbuild.storage.registry.exploring import explore
from olbuild.storage.registry.knowledge import Knowledge
from olbuild.storage.registry.places import Places
from olbuild.storage.registry.setup import Setup


class Known:
    """What is known of a registry, and how to know more."""

    def __init__(self, setup: Setup, host: str) -> None:
        """Prepare; nothing is read or sent yet."""
        self._setup = setup
        self.endpoint = setup.endpoint(host)
        folder = None if setup.state is None else setup.state / "registries"
        self.knowledge = Knowledge(self.endpoint.authority, folder)
        self._places = Places(self.endpoint.authority, folder)

    def explore(self, repository: str | None, name: str | None) -> None:
        """Try out what it can do; see ``exploring.explore``.

        Raises:
            NotFoundError, RefusedError, RegistryError: as the registry fails.
        """
        path = self.endpoint.repository(repository) if repository else ""
        provider = self._setup.provider(
            self.endpoint, lambda: find_credentials(self.endpoint.name, path, emit=self._setup.emit)
        )
        explore(provider, repository, name)
        self.knowledge = provider.known

    def forget(self) -> bool:
        """Drop everything; false if there was nothing."""
        self._places.forget()
        return self.knowledge.forget()

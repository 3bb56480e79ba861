"""A repository that is read from mirrors first, and from where it is at home when they do not have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

from olbuild.core.content import Content, Descriptor
from olbuild.core.errors import NotFoundError, OlbuildError
from olbuild.core.events import Emit, Said
from olbuild.core.names import GRAPH_NODES
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.target import RegistryTarget

Found = TypeVar("Found")


class MirroredTarget(RegistryTarget):
    """One repository, and the same in other registries. Only reading is done there.

    What a tag stands for is believed of a mirror, as by every client that has them. A mirror that fails or lacks the
    artifact is left out from then on, which is said; one that breaks off in the middle of a blob ends the transfer.
    """

    def __init__(self, provider: Provider, repository: str, mirrors: tuple[RegistryTarget, ...], emit: Emit) -> None:
        """Prepare; nothing is sent yet."""
        super().__init__(provider, repository)
        self._mirrors = mirrors
        self._emit = emit

    def resolve(self, name: str) -> Descriptor:
        """Return the descriptor of the manifest behind a tag or a digest, as the first mirror that knows it says."""
        return self._first(lambda mirror: mirror.resolve(name)) or super().resolve(name)

    def fetch(self, descriptor: Descriptor) -> Content:
        """Return a handle to the bytes, from the first mirror that has them."""

        def fetch(mirror: RegistryTarget) -> Content | None:
            here = descriptor.media_type in GRAPH_NODES or mirror.exists(descriptor)
            return mirror.fetch(descriptor) if here else None

        return self._first(fetch) or super().fetch(descriptor)

    def _first(self, ask: Callable[[RegistryTarget], Found | None]) -> Found | None:
        for mirror in self._mirrors:
            try:
                found = ask(mirror)
            except OlbuildError as error:
                level: Literal["info", "warning"] = "info" if isinstance(error, NotFoundError) else "warning"
                self._emit(Said(text=f"the mirror {mirror.label} is left out: {error.message}", level=level))
                self._mirrors = tuple(each for each in self._mirrors if each is not mirror)
                continue
            if found is not None:
                return found
        return None

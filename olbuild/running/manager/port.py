"""What the manager looks like from above. Everything here runs in one event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from olbuild.artifact.bundle import ParameterValue
from olbuild.core.content import Descriptor
from olbuild.core.events import Emit, ignore
from olbuild.core.names import Digest
from olbuild.core.records import Frozen
from olbuild.running.requests import Event, ModelFacts, Request


class Wanted(Frozen, kw_only=True):
    """A model that someone wants to use.

    Attributes:
        name: what it is called, such as ``smol:latest``.
        root: the root of its artifact, wholly in the local store, with files that are not packed.
        options: parameters of the request; those that are fixed at load decide whether a loaded model can be reused.
        keep_alive: seconds to keep it loaded after the last request; 0 unloads it then, negative is for ever, ``None``
            leaves it as it is: as an earlier request said, else the server's default (Ollama, server/sched.go).
        client: who asks.
    """

    name: str
    root: Descriptor
    options: Mapping[str, ParameterValue]
    keep_alive: float | None = None
    client: str = ""


class Running(Frozen, kw_only=True):
    """A model that is loaded. Memory in bytes; ``expires`` in seconds from now, ``None`` for never.

    ``cache`` is which part of its cells is taken by requests, from 0 to 1; what is kept for later ones does not count.
    """

    name: str
    digest: Digest
    root: Descriptor
    memory: int
    gpu_memory: int
    context: int
    expires: float | None
    requests: int
    cache: float = 0.0


class Handle(Protocol):
    """A loaded model in use. It stays loaded until the context that gave it is left."""

    @property
    def facts(self) -> ModelFacts:
        """What the model says about itself."""
        ...

    @property
    def load_seconds(self) -> float:
        """How long this use waited for the model to be loaded; 0 if it was there."""
        ...

    def ask(self, request: Request) -> AsyncIterator[Event]:
        """Yield the events of a request. Leaving the iteration early cancels it.

        Raises:
            OlbuildError: in place of a ``Failed`` event, of the class that it names.
        """
        ...


class Manager(Protocol):
    """Loads models, and gives them back."""

    def use(self, wanted: Wanted, emit: Emit = ignore) -> AbstractAsyncContextManager[Handle]:
        """Load a model if need be, and keep it while the context lasts.

        Args:
            wanted: the model.
            emit: hears how loading goes, if this use has to wait for it.

        Raises:
            BusyError: if too many wait already, all together or of this client; or if the manager is being closed.
            ResourceError: if it does not fit into memory, even alone.
            EngineError: if it cannot be loaded, or its process ended.
        """
        ...

    def running(self) -> tuple[Running, ...]:
        """Return the models that are loaded, the one that stays longest first."""
        ...

    async def unload(self, root: Digest) -> bool:
        """Let a model go once its requests have ended; return whether it was loaded."""
        ...

    async def close(self, grace: float) -> None:
        """Take no further requests, wait ``grace`` seconds for those that are going on, then end all processes."""
        ...

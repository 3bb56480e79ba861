"""What the handlers of the server share, and how a request becomes a use of a model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any

from msgspec import field
from starlette.requests import Request
from starlette.types import Scope

from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import ParameterValue
from olbuild.core.records import Frozen
from olbuild.running.manager.port import Handle, Manager, Wanted
from olbuild.serving.recent import Recent
from olbuild.serving.server.bodies import Bodies
from olbuild.serving.server.models import Models, Stored
from olbuild.serving.server.settings import Settings


class Context(Frozen, kw_only=True):
    """The store, the loaded models and the settings.

    ``recent`` keeps what was sent and has no name yet, ``bodies`` reads what requests say.
    """

    workspace: Workspace
    manager: Manager
    models: Models
    recent: Recent
    bodies: Bodies
    settings: Settings = field(default_factory=Settings)

    @classmethod
    def of(cls, workspace: Workspace, manager: Manager, settings: Settings | None = None) -> Context:
        """Put one together."""
        settings = settings or Settings()
        return cls(
            workspace=workspace,
            manager=manager,
            models=Models(workspace),
            recent=Recent(workspace.store, "serve"),
            bodies=Bodies(settings.limits),
            settings=settings,
        )

    def close(self) -> None:
        """Keep nothing any longer."""
        self.recent.close()

    @asynccontextmanager
    async def use(
        self,
        stored: Stored,
        *,
        options: Mapping[str, ParameterValue] | None = None,
        keep_alive: float | None = None,
        client: str = "",
    ) -> AsyncIterator[Handle]:
        """Load a model of the store if need be, and keep it while the context lasts.

        Raises:
            OlbuildError: as the model cannot be read or loaded.
        """
        root, _ = await self.models.runnable(stored)
        wanted = Wanted(name=stored.name, root=root, options=options or {}, keep_alive=keep_alive, client=client)
        async with self.manager.use(wanted) as handle:
            yield handle

    async def unload(self, stored: Stored) -> bool:
        """Let a model go; return whether it was loaded."""
        return await self.manager.unload(self.models.opened(stored))


def client_of(request: Request) -> str:
    """Return who asks, for fairness: whoever the middleware says (of an API key), else the address."""
    named = request.scope.get("olbuild.client")
    if isinstance(named, str) and named:
        return named
    return address_of(request.scope)


def address_of(scope: Scope) -> str:
    """Return the address of a client; it may be what a proxy says (``X-Forwarded-For``), and then be none."""
    host = scope["client"][0] if scope.get("client") else ""
    try:
        return str(ip_address(host))
    except ValueError:
        return ""


def signature(request: Request) -> dict[str, Any]:
    """Return what an answer's request says of who asks: who it is, how urgent, and whose cache it shares.

    The last two are what an API key says; else 0, and the cache of everybody, which is an empty text.
    """
    priority, cache = request.scope.get("olbuild.priority"), request.scope.get("olbuild.cache")
    return {
        "client": client_of(request),
        "priority": priority if isinstance(priority, int) else 0,
        "cache": cache if isinstance(cache, str) else "",
    }

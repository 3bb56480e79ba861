"""``olbuild serve``: what it needs is opened, it listens, and it ends on a signal when what has begun is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from socket import socket

from olbuild.api.workspace import Workspace
from olbuild.core.errors import UsageError
from olbuild.running.manager.manager import Models as LoadedModels
from olbuild.running.manager.settings import Settings as ManagerSettings
from olbuild.serving.server.app import make_app
from olbuild.serving.server.context import Context
from olbuild.serving.server.run import HttpServer, listen
from olbuild.serving.server.settings import Settings, ignored, read_origins, unquoted
from olbuild.serving.wire.host import read_host
from olbuild.serving.wire.keepalive import read_setting

OLLAMA_VERSION = "0.33.0"
"""The version of Ollama whose API is served; clients ask for it to know what they can use."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    @classmethod
    def read(cls, host: str | None, port: int | None, environment: Mapping[str, str]) -> Address:
        """Read what the command line says, and where that says nothing, ``OLLAMA_HOST``.

        Raises:
            UsageError: if an address has a scheme or a path that a server cannot have.
        """
        text = host if host is not None else unquoted(environment, "OLLAMA_HOST")
        meant = read_host(text)
        if host is not None and ("://" in host or "/" in host):
            raise UsageError(
                f"{host!r} is no address to listen on", hint="write HOST or HOST:PORT, as in 0.0.0.0:11434"
            )
        return cls(meant.host, meant.port if port is None else port)


def run(
    workspace: Workspace,
    address: Address,
    origins: Sequence[str],
    environment: Mapping[str, str],
    *,
    ready: Callable[[str], None],
    warn: Callable[[str], None],
) -> None:
    """Serve until a signal ends it.

    Args:
        workspace: settings and store.
        address: where to listen.
        origins: web pages that may use it, besides those of ``OLLAMA_ORIGINS``.
        environment: where Ollama's variables are.
        ready: told the URL, once somebody can ask.
        warn: told what a person should know.

    Raises:
        UsageError: if the address or a setting cannot be used.
        StoreError: if the store cannot be used.
    """
    unknown = ignored(environment)
    if unknown:
        warn(f"these variables of Ollama's mean nothing here: {', '.join(unknown)}")
    quiet = Workspace(workspace.config)  # a request has nobody to talk to
    keeping = _manager_settings(quiet)
    listening = listen(address.host, address.port)
    host, port = listening.getsockname()[:2]
    settings = Settings(host=host, port=port, origins=(*origins, *read_origins(environment)), version=OLLAMA_VERSION)
    try:
        ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        with asyncio.Runner(loop_factory=_loops()) as runner:
            runner.run(_serve(quiet, settings, keeping, listening))
    finally:
        listening.close()


async def _serve(workspace: Workspace, settings: Settings, keeping: ManagerSettings, listening: socket) -> None:
    manager = LoadedModels(keeping)
    context = Context.of(workspace, manager, settings)
    server = HttpServer(make_app(context), settings.limits)
    try:
        await server.serve([listening])
    finally:
        await manager.close(0.0)  # what had to end has ended
        context.close()


def _manager_settings(workspace: Workspace) -> ManagerSettings:
    config = workspace.config
    setting = config.setting("keep_alive")
    seconds = read_setting(str(setting.value))
    if seconds is None:
        raise UsageError(
            f"keep_alive {str(setting.value)!r} ({setting.origin}) is no time",
            hint="write seconds, or a time such as 5m or 1h30m; -1 is for ever",
        )
    return ManagerSettings.of(config, keep_alive=seconds)


def _loops() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes event loops: uvloop where there is one."""
    try:
        import uvloop  # noqa: PLC0415 - not everywhere
    except ImportError:  # pragma: no cover - Windows, where olbuild does not run
        return None
    return uvloop.new_event_loop

"""``olbuild serve``: what it needs is opened, it listens, and it ends on a signal when what has begun is done."""

from __future__ import annotations

import asyncio
import logging
import resource
import ssl
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from socket import socket

from olbuild import __version__
from olbuild.api.workspace import Workspace
from olbuild.core.errors import OlbuildError, UsageError
from olbuild.core.loopback import is_loopback
from olbuild.core.records import Frozen
from olbuild.running.manager.manager import Models as LoadedModels
from olbuild.running.manager.settings import Settings as ManagerSettings
from olbuild.serving.server.access import Keyring, read_all_keys
from olbuild.serving.server.context import Context
from olbuild.serving.server.exposed import expose
from olbuild.serving.server.run import HttpServer, listen
from olbuild.serving.server.settings import Settings, ignored, read_origins, unquoted
from olbuild.serving.server.telemetry.logs import Format, logging_to
from olbuild.serving.server.telemetry.otlp import OtlpTracer
from olbuild.serving.server.telemetry.tracing import NoTracer, Tracer
from olbuild.serving.tls import server_context
from olbuild.serving.wire.host import read_host
from olbuild.serving.wire.keepalive import read_setting

_LOGGER = logging.getLogger("olbuild.server")

_FILES = 65_536  # enough for each connection, and whatever models open

OLLAMA_VERSION = "0.33.0"
"""The version of Ollama whose API is served; clients ask for it to know what they can use."""


class Address(Frozen):
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


class Exposure(Frozen, kw_only=True):
    """How the server is shown to others.

    Attributes:
        keys: a file of keys; those of the environment count, too.
        certificate, key: for TLS.
        log: the form of the log, which goes to standard error.
        traces: where traces are sent, by OTLP over HTTP.
    """

    keys: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    log: Format = "text"
    traces: str | None = None


def run(
    workspace: Workspace,
    address: Address,
    origins: Sequence[str],
    environment: Mapping[str, str],
    exposure: Exposure,
    *,
    ready: Callable[[str], None],
    warn: Callable[[str], None],
) -> None:
    """Serve until a signal ends it.

    Args:
        workspace: settings and store.
        address: where to listen.
        origins: web pages that may use it, besides those of ``OLLAMA_ORIGINS``.
        environment: where Ollama's variables are, and keys.
        exposure: keys, TLS, log and traces.
        ready: told the URL, once somebody can ask.
        warn: told what a person should know.

    Raises:
        UsageError: if the address, a setting, a key or a certificate cannot be used.
        NotFoundError: if a file is not there.
        StoreError: if the store cannot be used.
    """
    _allow_files()
    unknown = ignored(environment)
    if unknown:
        warn(f"these variables of Ollama's mean nothing here: {', '.join(unknown)}")
    quiet = Workspace(workspace.config)  # a request has nobody to talk to
    keeping = _manager_settings(quiet)
    tls = server_context(exposure.certificate, exposure.key)
    keys = read_all_keys(environment, exposure.keys)
    keyring = Keyring(keys) if keys else None
    reload = partial(_reload, exposure, environment, keyring, tls) if keyring or tls else None
    tracer = OtlpTracer(exposure.traces, __version__) if exposure.traces is not None else NoTracer()
    guards = Guards(keyring=keyring, tls=tls, tracer=tracer, reload=reload)
    listening = listen(address.host, address.port)
    host, port = listening.getsockname()[:2]
    settings = Settings(host=host, port=port, origins=(*origins, *read_origins(environment)), version=OLLAMA_VERSION)
    if not keys and not is_loopback(host):
        warn(f"everybody who reaches {host} can use the models, and change them: --api-keys changes that")
    try:
        with logging_to(sys.stderr, exposure.log), asyncio.Runner(loop_factory=_loops()) as runner:
            ready(f"{'http' if tls is None else 'https'}://{f'[{host}]' if ':' in host else host}:{port}")
            try:
                runner.run(_serve(quiet, settings, keeping, listening, guards))
            finally:
                tracer.close()  # which may have something for the log
    finally:
        listening.close()


class Guards(Frozen, kw_only=True):
    """What stands around the server; ``reload`` reads the files of keys and certificate anew."""

    keyring: Keyring | None
    tls: ssl.SSLContext | None
    tracer: Tracer
    reload: Callable[[], None] | None


async def _serve(
    workspace: Workspace, settings: Settings, keeping: ManagerSettings, listening: socket, guards: Guards
) -> None:
    manager = LoadedModels(keeping)
    exposed = expose(Context.of(workspace, manager, settings), keyring=guards.keyring, tracer=guards.tracer)
    server = HttpServer(exposed.app, settings.limits, tls=guards.tls, stopping=exposed.health.end, reload=guards.reload)
    try:
        await server.serve([listening])
    finally:
        await manager.close(0.0)  # what had to end has ended
        exposed.context.close()


def _reload(
    exposure: Exposure, environment: Mapping[str, str], keyring: Keyring | None, tls: ssl.SSLContext | None
) -> None:
    """Read keys and certificate anew; if one of them is no good, all stays as it is."""
    try:
        keys = read_all_keys(environment, exposure.keys)
        server_context(exposure.certificate, exposure.key)
    except OlbuildError as error:
        _LOGGER.error("keys and certificate stay as they were: %s", error.message)  # noqa: TRY400 - it says all
        return
    if keyring is not None:
        keyring.replace(keys)
    if tls is not None and exposure.certificate is not None:
        tls.load_cert_chain(exposure.certificate, exposure.key)  # for connections that begin now
    _LOGGER.info("keys and certificate were read anew; %d keys count", len(keys))


def _allow_files() -> None:
    """Have as many open files as the system allows: shells allow 1024, and a connection is one (Go does so, too)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


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

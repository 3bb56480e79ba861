"""Running the registry: what it needs is opened, it listens, and it ends on a signal when what has begun is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from olbuild.api.ollama import derived_ollama
from olbuild.api.workspace import Workspace
from olbuild.core.errors import UsageError
from olbuild.core.events import Said
from olbuild.core.loopback import is_loopback
from olbuild.core.records import Frozen
from olbuild.serving.hub.access import Access
from olbuild.serving.hub.app import Hub
from olbuild.serving.hub.context import Context
from olbuild.serving.hub.http import Limits, Request, Server
from olbuild.serving.hub.origin import require_local
from olbuild.serving.hub.shelf import Shelf
from olbuild.serving.hub.translation import Translation
from olbuild.serving.hub.upstream import Upstream
from olbuild.serving.recent import Recent
from olbuild.serving.tls import server_context


class Options(Frozen, kw_only=True):
    """How the registry is run."""

    host: str = "127.0.0.1"
    port: int = 5080
    readonly: bool = False
    certificate: Path | None = None
    key: Path | None = None
    htpasswd: Path | None = None
    upstream: str | None = None
    limits: Limits | None = None


@contextmanager
def registry(workspace: Workspace, options: Options) -> Iterator[tuple[Server, Access]]:
    """Open a registry over the store of a workspace, whose listener is told what fails here.

    It listens from here on, and answers in ``Server.serve``.

    Raises:
        UsageError: if the address, the certificate or the file of users cannot be used.
        NotFoundError: if a file is not there.
    """
    access = Access.read(options.htpasswd) if options.htpasswd is not None else Access()
    tls = server_context(options.certificate, options.key)
    quiet = Workspace(workspace.config)  # a request has nobody to talk to
    recent = Recent(quiet.store)
    context = Context(
        store=quiet.store,
        shelf=Shelf(quiet.store),
        recent=recent,
        translation=Translation(partial(derived_ollama, quiet)),
        upstream=Upstream(quiet, options.upstream, recent) if options.upstream is not None else None,
        readonly=options.readonly,
    )

    def report(text: str) -> None:
        workspace.emit(Said(text=text, level="warning"))

    def require(request: Request) -> None:
        access.require(request)
        if access.open and is_loopback(server.address[0]):
            require_local(request)

    server = Server(options.host, options.port, Hub(context, require, report), tls=tls, limits=options.limits)
    try:
        yield server, access
    finally:
        recent.close()


def parse_address(text: str) -> tuple[str, int]:
    """Read ``HOST:PORT``; an address of IPv6 stands in brackets, and no host means all.

    Raises:
        UsageError: if it is none.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdecimal()) or int(port) > 65535:  # noqa: PLR2004 - TCP's last port
        raise UsageError(f"{text!r} is no address to listen on", hint="write HOST:PORT, as in 127.0.0.1:5080")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    return host or "0.0.0.0", int(port)  # noqa: S104 - that is what was asked for, and a warning says so

"""``olbuild registry serve``."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from olbuild.cli.session import Session
from olbuild.core.errors import UsageError

if TYPE_CHECKING:
    from olbuild.serving.hub.http import Server


def registry_serve(
    session: Session,
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where to listen; port 0 is any that is free.")] = (
        "127.0.0.1:5080"
    ),
    readonly: Annotated[bool, typer.Option("--readonly", help="Let nobody push or delete.")] = False,
    upstream: Annotated[
        str | None,
        typer.Option(metavar="HOST", help="Fetch what is not here from this registry, check it, and keep it."),
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Speak TLS with this certificate (PEM, with its chain).")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate's private key (PEM).")] = None,
    htpasswd: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Let in only the users of this file (htpasswd -B makes it).")
    ] = None,
) -> None:
    """Serve the local store as a registry: every OCI client can pull from it and push to it.

    A name of the store is the name in the registry: me/assistant is pulled as HOST:PORT/me/assistant.
    Prints the address it listens on. It needs pip install 'olbuild[server]'.

    Examples:
        olbuild registry serve
        olbuild registry serve --listen 0.0.0.0:5080 --readonly
        olbuild registry serve --upstream registry.ollama.ai
    """
    try:
        from olbuild.core.loopback import is_loopback
        from olbuild.serving.hub.run import Options, parse_address, registry
    except ImportError as error:
        raise UsageError(
            f"the registry needs {error.name}", hint="install it with: pip install 'olbuild[server]'"
        ) from None
    host, port = parse_address(listen)
    options = Options(
        host=host, port=port, readonly=readonly, certificate=tls_cert, key=tls_key, htpasswd=htpasswd, upstream=upstream
    )
    with registry(session.workspace, options) as (server, access), _stopped_by_signals(server):
        name, port = server.address
        scheme = "https" if tls_cert is not None else "http"
        session.write(f"{scheme}://{f'[{name}]' if ':' in name else name}:{port}")
        if access.open and not readonly and not is_loopback(name):
            session.warn(f"everybody who reaches {name} can push and delete: --htpasswd or --readonly changes that")
        server.serve()


@contextmanager
def _stopped_by_signals(server: Server) -> Iterator[None]:
    """Let the first signal stop the server when its transfers are done, and the next one end the program."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, before[signal.Signals(number)])
        server.stop()

    for number in numbers:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""``olbuild serve``."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from olbuild.cli.session import Session
from olbuild.core.errors import UsageError


class LogFormat(Enum):
    """The forms of the log."""

    TEXT = "text"
    JSON = "json"


def serve(
    session: Session,
    *,
    host: Annotated[
        str | None,
        typer.Option(metavar="HOST[:PORT]", help="Where to listen. [default: OLLAMA_HOST, or 127.0.0.1]"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(metavar="PORT", min=0, max=65535, help="The port; 0 is any that is free. [default: 11434]"),
    ] = None,
    origins: Annotated[
        list[str] | None,
        typer.Option("--origin", metavar="URL", help="A web page that may use it, as in https://*.example.com."),
    ] = None,
    keep_alive: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="How long a model stays loaded: 300, 5m, -1 for ever. [default: 5m]"),
    ] = None,
    api_keys: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Let in only who has a key of this file (TOML).")
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Speak TLS with this certificate (PEM, with its chain).")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate's private key (PEM).")] = None,
    log_format: Annotated[
        LogFormat,
        typer.Option(
            metavar="text|json", help="How requests and errors are written to standard error. [default: text]"
        ),
    ] = LogFormat.TEXT,
    otlp: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Send traces there, as in http://127.0.0.1:4318/v1/traces."),
    ] = None,
) -> None:
    """Serve the models of the local store over HTTP: the APIs of Ollama, OpenAI and Anthropic.

    Models are loaded when somebody asks them, each in a process of its own. SIGTERM and Ctrl-C let the answers that
    have begun end; a second one ends at once. Prints the address it listens on. It needs
    pip install 'olbuild[server,engine]'.

    Examples:
        olbuild serve
        olbuild serve --host 0.0.0.0 --port 8080
        olbuild serve --keep-alive 1h --origin https://chat.example.com
        olbuild serve --host 0.0.0.0 --api-keys keys.toml --tls-cert server.pem --tls-key server.key
    """
    try:
        from olbuild.serving.server.service import Address, Exposure, run
    except ImportError as error:
        raise UsageError(
            f"the server needs {error.name}", hint="install it with: pip install 'olbuild[server,engine]'"
        ) from None
    if keep_alive is not None:
        session.with_settings(keep_alive=keep_alive)
    address = Address.read(host, port, os.environ)
    exposure = Exposure(keys=api_keys, certificate=tls_cert, key=tls_key, log=log_format.value, traces=otlp)
    pages = tuple(origins or ())
    run(session.workspace, address, pages, os.environ, exposure, ready=session.write, warn=session.warn)

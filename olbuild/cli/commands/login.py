"""``olbuild login``."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from olbuild.cli.options import Host, PlainHttp
from olbuild.cli.questions import ask
from olbuild.cli.session import Session
from olbuild.cli.terminal import is_terminal
from olbuild.core.errors import UsageError


def login(
    session: Session,
    host: Host,
    username: Annotated[str | None, typer.Option("--username", "-u", metavar="USER", help="Who you are there.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    plain_http: PlainHttp = False,
) -> None:
    """Check a user name and a password (or access token) with a registry, and keep them where Docker keeps them.

    Examples:
        echo "$TOKEN" | olbuild login ghcr.io --username me --password-stdin
    """
    from olbuild.storage.registry.login import login as log_in

    if session.config.offline:
        raise UsageError("a login asks the registry, and --offline forbids that")
    if password_stdin:
        if username is None:
            raise UsageError("--password-stdin needs --username")
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        if not is_terminal(sys.stdin):
            raise UsageError(
                "there is no terminal to ask for the password on", hint="use --username USER --password-stdin"
            )
        username = username or ask(f"User at {host}: ")
        password = _ask_secret(f"Password of {username} (or access token): ")
    hosts = (*session.config.plain_http, *((host,) if plain_http else ()))
    where = log_in(host, username, password, plain_http=hosts, emit=session.emit, registries=session.config.registries)
    session.say(f"logged in to {host}; the credentials are kept in {where}")


def _ask_secret(question: str) -> str:
    try:
        return getpass.getpass(question, stream=sys.stderr)
    except EOFError:
        raise KeyboardInterrupt from None

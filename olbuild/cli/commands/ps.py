"""``olbuild ps``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli import units
from olbuild.cli.columns import table
from olbuild.cli.options import Json
from olbuild.cli.server import Host, client_of, processor, until
from olbuild.cli.session import Session

_HEADERS = ("NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL")


def ps(
    session: Session,
    prefix: Annotated[
        str, typer.Argument(metavar="PREFIX", help="Only models whose names begin so.", show_default=False)
    ] = "",
    host: Host = None,
    json: Json = False,
) -> None:
    """List the models that a server has loaded, the one that stays longest first.

    SIZE is the memory that a model takes, PROCESSOR where it is, UNTIL when it goes if nobody asks it. The server may
    be olbuild's or Ollama's.

    Examples:
        olbuild ps
        olbuild ps --json
        olbuild ps smol
    """
    models = [model for model in client_of(host).get("/api/ps")["models"] if model["name"].startswith(prefix)]
    if json:
        session.write_json(models)
        return
    if session.quiet:
        session.write_lines(model["name"] for model in models)
        return
    rows = [
        (
            model["name"],
            model["digest"][:12],
            units.size(model["size"]),
            processor(model),
            str(model.get("context_length", "-")),
            until(model["expires_at"]),
        )
        for model in models
    ]
    session.write_lines(table(_HEADERS, rows, session.width))

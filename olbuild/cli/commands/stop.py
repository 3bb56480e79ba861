"""``olbuild stop``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli.server import Host, client_of
from olbuild.cli.session import Session


def stop(
    session: Session,
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="Models that are loaded.")],
    host: Host = None,
) -> None:
    """Let a server unload models, and free their memory. Answers that have begun are ended first.

    One that is not loaded is said, and no error: there is nothing left to do.

    Examples:
        olbuild stop me/assistant
    """
    client = client_of(host)
    for name in names:
        loaded = {model["name"] for model in client.get("/api/ps")["models"]}
        client.post("/api/generate", {"model": name, "keep_alive": 0})
        session.say(f"stopped {name}" if {name, f"{name}:latest"} & loaded else f"{name} was not loaded")

"""``olbuild push``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import PlainHttp, Stored
from olbuild.cli.session import Session


def push(
    session: Session,
    source: Stored,
    destination: Annotated[
        str | None, typer.Argument(metavar="DST", help="HOST/NAME or oci:DIR[:NAME], if SRC does not say it.")
    ] = None,
    plain_http: PlainHttp = False,
) -> None:
    """Copy an artifact from the local store to a registry, or to an OCI layout on disk. Prints its digest.

    A name without a registry goes to the default_registry of the configuration file.

    Examples:
        olbuild push ghcr.io/me/assistant
        olbuild push me/assistant ghcr.io/me/assistant:v1
        olbuild push me/assistant oci:published
    """
    from olbuild.api.transfer import push as push_artifact

    if plain_http:
        allow_plain_http(session, destination or source)
    moved = push_artifact(session.workspace, source, destination)
    session.say(f"pushed {source} to {moved.name}")
    session.write(str(moved.descriptor.digest))

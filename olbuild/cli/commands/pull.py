"""``olbuild pull``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import PlainHttp, Variant
from olbuild.cli.session import Session


def pull(
    session: Session,
    source: Annotated[str, typer.Argument(metavar="SRC", help="HOST/NAME, or oci:DIR[:NAME].")],
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Its name in the store, if it shall be another.")
    ] = None,
    plain_http: PlainHttp = False,
    variant: Variant = None,
) -> None:
    """Copy an artifact from a registry, or from an OCI layout on disk, into the local store. Prints its digest.

    Examples:
        olbuild pull ghcr.io/me/assistant:v1
        olbuild pull oci:published:me/assistant
    """
    from olbuild.api.transfer import pull as pull_artifact

    if plain_http:
        allow_plain_http(session, source)
    moved = pull_artifact(session.workspace, source, name, variant=variant)
    session.say(f"pulled {source} as {moved.name}")
    session.write(str(moved.descriptor.digest))

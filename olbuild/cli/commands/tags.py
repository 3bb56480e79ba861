"""``olbuild tags``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import Json, PlainHttp
from olbuild.cli.session import Session


def tags(
    session: Session,
    place: Annotated[
        str,
        typer.Argument(metavar="REPOSITORY", help="HOST/NAME, a NAME in the local store, oci:DIR, oci-archive:FILE."),
    ],
    all_: Annotated[bool, typer.Option("--all", help="Also those of signatures and the like (sha256-….sig).")] = False,
    json: Json = False,
    plain_http: PlainHttp = False,
) -> None:
    """List the tags of a repository, one a line.

    Examples:
        olbuild tags ghcr.io/me/assistant
        olbuild tags --json ghcr.io/me/assistant
    """
    from olbuild.api.repositories import list_tags

    if plain_http:
        allow_plain_http(session, place)
    found = list_tags(session.workspace, place, attached=all_)
    if json:
        session.write_json({"name": place, "tags": list(found)})
    else:
        session.write_lines(found)

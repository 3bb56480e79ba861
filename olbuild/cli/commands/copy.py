"""``olbuild copy``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import Place, PlainHttp, Referrers
from olbuild.cli.session import Session


def copy(
    session: Session,
    source: Place,
    destination: Annotated[
        str,
        typer.Argument(metavar="DST", help="HOST/NAME, a name in the local store, oci:DIR[:NAME], oci-archive:FILE."),
    ],
    all_tags: Annotated[bool, typer.Option("--all-tags", help="Copy every tag; name none in SRC and DST.")] = False,
    referrers: Referrers = False,
    plain_http: PlainHttp = False,
) -> None:
    """Copy an artifact from anywhere to anywhere, straight through: what passes is not kept here. Prints its digest.

    A name with a host is in that registry, one without is in the local store.

    Examples:
        olbuild copy ghcr.io/me/assistant:v1 ghcr.io/team/assistant:v1
        olbuild copy --all-tags --referrers ghcr.io/me/assistant oci:mirror
        olbuild copy oci:mirror:ghcr.io/me/assistant:v1 oci-archive:assistant.tar:v1
    """
    from olbuild.api.copying import copy_artifact

    if plain_http:
        allow_plain_http(session, source, destination)
    moved = copy_artifact(session.workspace, source, destination, all_tags=all_tags, referrers=referrers)
    for each in moved:
        session.say(f"copied to {each.name}")
    session.write_lines(str(each.descriptor.digest) for each in moved)

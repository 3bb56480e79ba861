"""``olbuild rm``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli import units
from olbuild.cli.session import Session
from olbuild.cli.wording import kept


def rm(
    session: Session,
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="Names in the local store, or sha256:… of one.")],
) -> None:
    """Take names out of the local store, and with the last name of an artifact the content that only it needed.

    A digest takes an artifact away with all its names, or one that has none.

    Examples:
        olbuild rm me/assistant me/other:v1
    """
    from olbuild.api.manage import remove

    for name, removed in remove(session.workspace, tuple(names)):
        session.say(f"removed {name}, {units.size(removed.bytes)} freed{kept(removed.kept)}")

"""``olbuild tag``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli.options import Stored
from olbuild.cli.session import Session


def tag(
    session: Session,
    source: Stored,
    names: Annotated[list[str], typer.Argument(metavar="NEW", help="Names that it shall have too.")],
) -> None:
    """Give an artifact in the local store more names. A name that stood for another artifact is moved.

    Examples:
        olbuild tag me/assistant me/assistant:v1 ghcr.io/me/assistant:v1
    """
    from olbuild.api.manage import tag as tag_artifact

    root = tag_artifact(session.workspace, source, tuple(names))
    session.say(f"{', '.join(names)}: {root.digest}")

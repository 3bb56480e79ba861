"""``olbuild convert``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli.options import Profile, Stored
from olbuild.cli.session import Session


def convert(
    session: Session,
    source: Stored,
    profile: Profile,
    tags: Annotated[list[str] | None, typer.Option("--tag", "-t", metavar="NAME", help="What to call it.")] = None,
) -> None:
    """Write an artifact in the local store in another format. Prints the digest of the new one.

    Files are shared between formats wherever their bytes are the same. What a format cannot carry is said.
    Without a name it stays in the local store until the next olbuild prune.

    Examples:
        olbuild convert me/assistant --profile docker -t me/assistant:docker
    """
    from olbuild.api.conversion import convert as convert_artifact

    made = convert_artifact(session.workspace, source, profile, tuple(tags or ()))
    called = ", ".join(made.names) if made.names else "without a name"
    session.say(f"converted {source} to {profile}: {called}")
    session.write(str(made.descriptor.digest))

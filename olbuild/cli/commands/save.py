"""``olbuild save``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli.options import Referrers, StoredNames
from olbuild.cli.session import Session


def save(
    session: Session,
    names: StoredNames,
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="FILE", help="The archive; - is standard output.", show_default=False),
    ] = "-",
    zstd: Annotated[bool, typer.Option("--zstd", help="Pack it with zstd; weights hardly get smaller.")] = False,
    referrers: Referrers = False,
) -> None:
    """Write artifacts of the local store as one OCI archive, which skopeo, podman and docker read.

    The same artifacts give the same bytes. With -o it prints their digests.

    Examples:
        olbuild save me/assistant -o assistant.tar
        olbuild save --zstd me/assistant | olbuild load -t me/copy -
    """
    from olbuild.api.archives import save as save_artifacts
    from olbuild.cli.outputs import open_output

    output = "-" if output == "/dev/stdout" else output  # where digests would stand in the archive
    with open_output(output, "an archive", zstd=zstd) as (write, label):
        saved = save_artifacts(session.workspace, tuple(names), write, label, referrers=referrers)
    session.say(f"saved {', '.join(each.name for each in saved)}")
    if output != "-":
        session.write_lines(str(each.descriptor.digest) for each in saved)

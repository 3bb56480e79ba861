"""``olbuild load``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli.session import Session


def load(
    session: Session,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The archive; - is standard input.", show_default=False)
    ] = "-",
    name: Annotated[
        str | None, typer.Option("--tag", "-t", metavar="NAME", help="What to call it, if it holds one artifact.")
    ] = None,
) -> None:
    """Read an OCI archive into the local store: a tar file, also packed with gzip or zstd. Prints digests.

    It is read in one pass, and every byte is checked before anything of it has a name.

    Examples:
        olbuild load assistant.tar
        olbuild save me/assistant | olbuild load -t me/copy
    """
    from olbuild.api.archives import load as load_archive
    from olbuild.cli.outputs import open_input

    with open_input(file, "an archive") as (reader, label):
        loaded = load_archive(session.workspace, reader, label, name)
    for each in loaded:
        session.say(f"loaded {each.name}")
    session.write_lines(str(each.descriptor.digest) for each in loaded)

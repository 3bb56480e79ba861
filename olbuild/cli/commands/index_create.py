"""``olbuild index create``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli.session import Session


def index_create(
    session: Session,
    sources: Annotated[
        list[str], typer.Argument(metavar="SRC", help="Artifacts in the local store, each as NAME or VARIANT=NAME.")
    ],
    tags: Annotated[list[str], typer.Option("--tag", "-t", metavar="NAME", help="What to call the index.")],
) -> None:
    """Put several quantisations of a model under one name. Prints the digest of the index.

    Each is chosen by its quantisation, or by VARIANT. The same artifacts give the same digest, in whatever order. The
    index is pushed with all of its variants; pull, run and FROM take the best one that fits the machine.

    Examples:
        olbuild index create -t me/assistant:all me/assistant
        olbuild index create -t me/assistant:all full=me/assistant
    """
    from olbuild.api.variants import create_index

    root = create_index(session.workspace, tuple(tags), tuple(sources))
    session.say(f"indexed: {', '.join(tags)}")
    session.write(str(root.digest))

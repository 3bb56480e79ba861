"""``olbuild prune``."""

from __future__ import annotations

from typing import Annotated

import typer

from olbuild.cli import units
from olbuild.cli.options import Json
from olbuild.cli.session import Session
from olbuild.cli.wording import kept


def prune(
    session: Session,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")] = False,
    json: Json = False,
) -> None:
    """Remove content that no name in the local store needs, and what interrupted transfers left.

    What a build, a pull or a server uses stays.

    Prints the digests of what went.

    Examples:
        olbuild prune --dry-run
        olbuild prune
    """
    pruned = session.workspace.store.prune(dry_run=dry_run)
    if json:
        digests = [str(digest) for digest in pruned.digests]
        session.write_json(
            {
                "dry_run": dry_run,
                "bytes": pruned.bytes,
                "kept": pruned.kept,
                "interrupted": pruned.interrupted,
                "digests": digests,
            }
        )
        return
    session.write_lines(str(digest) for digest in pruned.digests)
    blobs = "blob" if pruned.blobs == 1 else "blobs"
    verb = "would free" if dry_run else "freed"
    session.say(f"{verb} {units.size(pruned.bytes)} ({pruned.blobs} {blobs}){kept(pruned.kept)}")
    if pruned.interrupted:
        session.say(f"{verb} {units.size(pruned.interrupted)} of transfers that were interrupted")

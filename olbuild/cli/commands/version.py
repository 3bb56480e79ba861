"""``olbuild version``. Without options it is answered before this module is loaded."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from olbuild import __version__
from olbuild.cli import table
from olbuild.cli.options import Json
from olbuild.cli.session import Session
from olbuild.llama.version import PACKAGE


def version(
    session: Session,
    json: Json = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Also of the engine.")] = False,
) -> None:
    """Print the version of olbuild and of the Python that runs it.

    Examples:
        olbuild version --json
    """
    versions: dict[str, str | None] = {"olbuild": __version__, "python": sys.version.split()[0]}
    if verbose:
        from olbuild.llama.find import find

        engine = find()
        versions["engine"] = f"{PACKAGE} {engine.version}" if engine else None
    if json:
        session.write_json(versions)
    else:
        session.write(table.about().rstrip())
        if verbose:
            session.write(f"engine {versions['engine'] or 'not installed'}")

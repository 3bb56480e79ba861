"""``olbuild lsp``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, cast

import typer

from olbuild.cli.options import Dialect
from olbuild.cli.session import Session
from olbuild.core.errors import UsageError

if TYPE_CHECKING:
    from olbuild.language.modelfile import Dialect as DialectName


def lsp(
    session: Session,
    *,
    stdio: Annotated[
        bool, typer.Option("--stdio", help="Talk over standard input and output, which it does anyway.")
    ] = False,
    dialect: Dialect = "olbuild",
) -> None:
    """Serve an editor: findings while typing, fixes, completion, hover, formatting, rename.

    An editor starts it and talks the Language Server Protocol with it. It needs pip install 'olbuild[editor]'.

    Examples:
        olbuild lsp
        olbuild lsp --dialect ollama
    """
    del stdio  # the only way there is
    try:
        from olbuild.editor.run import serve
    except ImportError as error:
        raise UsageError(
            f"the language server needs {error.name}", hint="install it with: pip install 'olbuild[editor]'"
        ) from None
    if sys.stdin is None or sys.stdout is None:
        raise UsageError("standard input or output is closed, and an editor talks over them")
    home = session.config.home
    raise typer.Exit(serve(cast("DialectName", dialect), home, sys.stdin.buffer, sys.stdout.buffer))

"""``olbuild fmt``."""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING, Annotated, cast

import typer

from olbuild.cli.findings import draw
from olbuild.cli.options import Dialect, Modelfiles
from olbuild.cli.session import Session
from olbuild.cli.streams import standard_input
from olbuild.core.errors import ExitCode, ModelfileError

if TYPE_CHECKING:
    from olbuild.api.modelfiles import ModelfileText
    from olbuild.language.modelfile import Dialect as DialectName


def fmt(
    session: Session,
    files: Modelfiles = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; list what is not in the form, and end with 1 if any is.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; show what would change, and end with 1 if anything would.")
    ] = False,
    dialect: Dialect = "olbuild",
) -> None:
    """Bring Modelfiles into their one form: capitals, blanks, quotes, blank lines, line ends, UTF-8.

    What a file means never changes, and nothing inside of a text does. A file with errors is left alone. Without FILE
    it is what is in this folder. What comes from standard input goes to standard output.

    Examples:
        olbuild fmt
        olbuild fmt --check .
        olbuild fmt - < Modelfile
    """
    from olbuild.api.modelfiles import read_modelfiles, replace_text
    from olbuild.language.modelfile.format import format_modelfile

    changed, wrong = False, False
    for text in read_modelfiles(files or ["."], lambda: standard_input("a Modelfile")):
        try:
            formatted = format_modelfile(text.data, name=text.name, dialect=cast("DialectName", dialect)).encode()
        except ModelfileError as error:
            draw(session, error.diagnostics, sys.stderr)
            wrong = True
            continue
        differs = formatted != text.data
        changed = changed or differs
        if check or diff:
            if differs:
                _report(session, text, formatted, diff=diff)
        elif text.path is None:
            session.write_file(formatted)
        elif differs:
            replace_text(text.path, formatted)
            session.say(f"formatted: {text.name}")
    if wrong:
        raise typer.Exit(ExitCode.MODELFILE)
    if changed and (check or diff):
        raise typer.Exit(ExitCode.FAILED)


def _report(session: Session, text: ModelfileText, formatted: bytes, *, diff: bool) -> None:
    """Say that a file is not in the form, or how it is not."""
    from olbuild.language.modelfile.decode import decode

    if not diff:
        session.write(text.name)
        return
    before, after = (decode(data).split("\n") for data in (text.data, formatted))
    session.write_lines(difflib.unified_diff(before, after, text.name, text.name, lineterm=""))
    if before == after:
        session.say(f"{text.name}: only the encoding changes, to UTF-8 without a byte order mark")

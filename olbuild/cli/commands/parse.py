"""``olbuild parse``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from olbuild.cli.columns import table
from olbuild.cli.options import Dialect, Json
from olbuild.cli.session import Session
from olbuild.cli.streams import standard_input
from olbuild.core.errors import ExitCode

if TYPE_CHECKING:
    from olbuild.language.modelfile import Dialect as DialectName
    from olbuild.language.modelfile.nodes import Node

_HEADERS = ("PLACE", "KIND", "TEXT")


def parse(
    session: Session,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A Modelfile, or - for standard input.")],
    *,
    json: Json = False,
    dialect: Dialect = "olbuild",
) -> None:
    """Show how a Modelfile is read: its lines as a tree, flawed ones included.

    The file need not be complete. The tree comes in any case; with errors the command ends with 3. With --json it has
    exact places and the findings of the language, too; registry-spec has the schema.

    Examples:
        olbuild parse Modelfile
        olbuild parse --json Modelfile
    """
    name, data = _read(file)
    kind = cast("DialectName", dialect)
    if json:
        _write_json(session, name, data, kind)
    else:
        _write_tree(session, name, data, kind)


def _read(file: str) -> tuple[str, bytes]:
    from olbuild.api.modelfiles import STANDARD_INPUT, read_modelfile

    if file == STANDARD_INPUT:
        return "standard input", standard_input("a Modelfile")
    path = Path(file) / "Modelfile" if Path(file).is_dir() else Path(file)
    return str(path), read_modelfile(path, "name a Modelfile, or a folder that holds one")


def _write_json(session: Session, name: str, data: bytes, dialect: DialectName) -> None:
    from olbuild.language.modelfile.document import tree_document

    document = tree_document(data, name=name, dialect=dialect)
    session.write_json(document)
    if any(each["severity"] == "error" for each in cast("list[dict[str, object]]", document["diagnostics"])):
        raise typer.Exit(ExitCode.MODELFILE)


def _write_tree(session: Session, name: str, data: bytes, dialect: DialectName) -> None:
    from olbuild.cli.findings import draw
    from olbuild.core.text import Source
    from olbuild.language.modelfile.decode import decode
    from olbuild.language.modelfile.document import diagnostics
    from olbuild.language.modelfile.lines import lines
    from olbuild.language.modelfile.visible import visible

    source = Source(name, decode(data))
    nodes = lines(source, visible(source.text), dialect)
    session.write_lines(table(_HEADERS, [_row(node) for node in nodes], session.width))
    found = diagnostics(data, name=name, dialect=dialect)
    draw(session, found, sys.stderr)
    if any(each.is_error for each in found):
        raise typer.Exit(ExitCode.MODELFILE)


def _row(node: Node) -> tuple[str, str, str]:
    from olbuild.language.modelfile.document import kind_of
    from olbuild.language.modelfile.hints import shorten

    line, column = node.span.source.position(node.span.start)
    last, _ = node.span.source.position(max(node.span.end - 1, node.span.start))
    lines = f" ({last - line + 1} lines)" if last > line else ""
    return f"{line}:{column}", kind_of(node), shorten(node.span.text, quoted=False) + lines

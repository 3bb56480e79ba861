"""``olbuild diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from olbuild.cli.moving import allow_plain_http
from olbuild.cli.options import Json, PlainHttp, Remote
from olbuild.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from olbuild.api.difference import Difference
    from olbuild.artifact.bundle import Change

_MODEL = "A model as for inspect, or ./Modelfile, which is built."


def diff(
    session: Session,
    before: Annotated[str, typer.Argument(metavar="SRC", help=_MODEL)],
    after: Annotated[str, typer.Argument(metavar="SRC2", help="The other one.")],
    json: Json = False,
    remote: Remote = False,
    plain_http: PlainHttp = False,
) -> None:
    """Show what differs between two models: parameters, texts, messages, tests, tensors. Ends with 1 if anything does.

    Of weights that differ their headers are compared, also of remote ones; nothing else of them is fetched.

    Examples:
        olbuild diff me/assistant ghcr.io/me/assistant:v1
        olbuild diff --json me/assistant ./Modelfile
    """
    from olbuild.api.difference import diff as compare
    from olbuild.api.locations import is_path

    if plain_http:
        allow_plain_http(session, *(place for place in (before, after) if not is_path(place)))
    found = compare(session.workspace, before, after, remote=remote)
    if json:
        session.write_json(_document(found))
    elif found.changes:
        session.write_lines(_lines(found))
    if found.changes:
        raise typer.Exit(1)
    session.say("no difference")


def _document(found: Difference) -> dict[str, object]:
    return {
        "before": {"name": found.before.name, "digest": str(found.before.root.digest)},
        "after": {"name": found.after.name, "digest": str(found.after.root.digest)},
        "changes": [
            {"section": each.section, "name": each.name, "before": each.before, "after": each.after}
            for each in found.changes
        ],
    }


def _lines(found: Difference) -> Iterator[str]:
    yield f"--- {found.before.name} {found.before.root.digest}"
    yield f"+++ {found.after.name} {found.after.root.digest}"
    section = ""
    for change in found.changes:
        if change.section != section:
            section = change.section
            yield f"@@ {section} @@"
        yield from _change(change)


def _change(change: Change) -> Iterator[str]:
    before, after = change.before, change.after
    if "\n" in (before or "") or "\n" in (after or ""):
        yield from _texts(change)
        return
    name = f"{change.name} " if change.name else ""
    if before is not None:
        yield f"-{name}{before}"
    if after is not None:
        yield f"+{name}{after}"


def _texts(change: Change) -> Iterator[str]:
    """Compare texts line by line; a line end that only one of them has at its end is no line."""
    from difflib import unified_diff

    if change.name:
        yield f" {change.name}:"
    before, after = ((text or "").splitlines() for text in (change.before, change.after))
    lines = list(unified_diff(before, after, lineterm="", n=2))[2:]
    yield from lines or [f"-{(change.before or '')!r}", f"+{(change.after or '')!r}"]

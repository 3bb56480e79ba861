"""``olbuild registry-spec validate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from olbuild.cli.options import Json, PlainHttp, one_of
from olbuild.cli.session import Session
from olbuild.core.errors import FormatError

if TYPE_CHECKING:
    from olbuild.api.validation import Validated

_KINDS = ("manifest", "split", "index", "config", "params", "messages", "tests")


def registry_spec_validate(
    session: Session,
    subject: Annotated[
        str,
        typer.Argument(metavar="FILE|REF", help="A document, a folder with one and what it names, or an artifact."),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="KIND", callback=one_of(*_KINDS), help=f"What the document is: {', '.join(_KINDS)}."
        ),
    ] = None,
    content: Annotated[
        str | None, typer.Option(metavar="DIR", help="Folder with what the document names, if not its own.")
    ] = None,
    json: Json = False,
    plain_http: PlainHttp = False,
) -> None:
    """Check an artifact, or a document of one, against the specification. Prints everything that is wrong.

    It asks the schemas, and every rule that a schema cannot say. Ends with 7 if something is wrong.

    Examples:
        olbuild registry-spec validate me/assistant
        olbuild registry-spec validate --json oci:published:me/assistant
    """
    from olbuild.api.validation import validate
    from olbuild.cli.moving import allow_plain_http

    if plain_http:
        allow_plain_http(session, subject)
    found = validate(session.workspace, subject, kind=kind, content=Path(content) if content is not None else None)
    for missing in found.findings.unchecked:
        session.say(f"not checked: {missing}")
    findings = found.findings.found
    if json:
        session.write_json(_document(found))
    else:
        session.write_lines(f"{each.document} {each.place}: {each.message} [{each.rule}]" for each in findings)
    if findings:
        count = f"{len(findings)} finding{'s' if len(findings) > 1 else ''}"
        raise FormatError(f"{subject} is not as the specification says: {count}")
    session.say(f"{subject} is as the specification says")


def _document(found: Validated) -> dict[str, object]:
    return {
        "name": found.name,
        "kind": found.kind,
        "valid": not found.findings.found,
        "findings": [
            {"document": each.document, "place": each.place, "message": each.message, "rule": each.rule}
            for each in found.findings.found
        ],
        "unchecked": found.findings.unchecked,
    }

"""``olbuild check``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, cast

import typer

from olbuild.cli.findings import draw, write_report
from olbuild.cli.options import Dialect, Modelfiles, one_of
from olbuild.cli.session import Session
from olbuild.cli.streams import standard_input
from olbuild.core.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from olbuild.api.modelfiles import ModelfileText
    from olbuild.language.lint import Finding, Selection
    from olbuild.language.modelfile import Dialect as DialectName

_SEVERITIES = ("note", "warning", "error", "never")


def check(
    session: Session,
    files: Modelfiles = None,
    *,
    mend: Annotated[bool, typer.Option("--fix", help="Mend what can be mended safely, and show what is left.")] = False,
    select: Annotated[
        list[str] | None, typer.Option(metavar="CODES", help="Only codes that begin so, as in OLB3,OLB121.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="CODES", help="No codes that begin so.")] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="text|json|sarif|github|junit",
            callback=one_of("text", "json", "sarif", "github", "junit"),
            help="How findings are written.",
        ),
    ] = "text",
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="error|warning|note|never",
            callback=one_of(*_SEVERITIES),
            help="End with 3 if a finding is as bad as this, or worse.",
        ),
    ] = "warning",
    explain: Annotated[
        str | None, typer.Option(metavar="CODE", help="Say what a code means, with examples; all tells of each.")
    ] = None,
    dialect: Dialect = "olbuild",
) -> None:
    """Find what is wrong or doubtful in Modelfiles, and mend what can be mended safely.

    Without FILE it is what is in this folder. A comment in the line above accepts a finding: # olbuild: ignore=CODE and
    the reason. With --fix, what comes from standard input goes to standard output, and findings to standard error.

    Examples:
        olbuild check
        olbuild check --fix Modelfile
        olbuild check --format sarif . > findings.sarif
        olbuild check --explain OLB332
    """
    from olbuild.api.modelfiles import read_modelfiles
    from olbuild.language.lint import Selection

    if explain is not None:
        _explain(session, explain)
        return
    selection = Selection.of(select or (), ignore or ())
    names: list[str] = []
    findings: list[Finding] = []
    for text in read_modelfiles(files or ["."], lambda: standard_input("a Modelfile")):
        names.append(text.name)
        found = _check(session, text, cast("DialectName", dialect), selection, mend=mend)
        findings += found
        if form == "text":
            diagnostics = [finding.diagnostic for finding in found]
            draw(session, diagnostics, sys.stderr if mend and text.path is None else sys.stdout)
    if form != "text":
        write_report(session, form, names, findings)
    _summarize(session, names, findings, mend=mend)
    worst = max((_SEVERITIES.index(finding.diagnostic.severity) for finding in findings), default=-1)
    if worst >= _SEVERITIES.index(fail_on):
        raise typer.Exit(ExitCode.MODELFILE)


def _check(
    session: Session, text: ModelfileText, dialect: DialectName, selection: Selection, *, mend: bool
) -> tuple[Finding, ...]:
    from olbuild.api.checking import check, check_and_fix
    from olbuild.api.modelfiles import replace_text

    if not mend:
        return check(text, dialect=dialect, selection=selection)
    fixed = check_and_fix(text, dialect=dialect, selection=selection)
    if text.path is None:
        session.write_file(fixed.data)
    elif fixed.applied:
        replace_text(text.path, fixed.data)
        counted = f"{len(fixed.applied)} finding{'s' if len(fixed.applied) > 1 else ''}"
        session.say(f"mended: {counted} in {text.name}")
    return fixed.left


def _summarize(session: Session, names: list[str], findings: list[Finding], *, mend: bool) -> None:
    files = f"{len(names)} file{'s' if len(names) > 1 else ''}"
    if not findings:
        session.say(f"checked: {files}, nothing found")
        return
    counts = ((severity, sum(each.diagnostic.severity == severity for each in findings)) for severity in _SEVERITIES)
    listed = ", ".join(f"{count} {severity}{'s' if count > 1 else ''}" for severity, count in counts if count)
    fixable = sum(each.fix is not None for each in findings)
    hint = f"; --fix mends {fixable}" if fixable and not mend else ""
    session.say(f"checked: {files}, {listed}{hint}")


def _explain(session: Session, code: str) -> None:
    from olbuild.language.lint import TOPICS, explain

    wanted = [topic for topic in TOPICS if code.lower() in {"all", topic.code.lower(), topic.name}]
    if not wanted:
        raise UsageError(f"there is no rule {code}", hint="olbuild check --explain all tells of each")
    session.write("\n".join(explain(topic) for topic in wanted).rstrip("\n"))

"""Findings about Modelfiles, drawn for a person or written for a program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from olbuild.cli.session import Session
from olbuild.cli.streams import write_line
from olbuild.cli.terminal import emphasize, lines_of, wants_colour
from olbuild.core.text import Diagnostic

if TYPE_CHECKING:
    from olbuild.language.lint import Finding


def draw(session: Session, findings: Iterable[Diagnostic], stream: TextIO) -> None:
    """Draw findings, in colour where the stream may be coloured."""
    session.settle()
    colour = wants_colour(stream)
    for finding in findings:
        for line in lines_of(finding.render()):
            write_line(stream, emphasize(line, colour))


def write_report(session: Session, form: str, files: Sequence[str], findings: Iterable[Finding]) -> None:
    """Write a report to standard output, as ``json``, ``sarif``, ``github`` or ``junit``."""
    from olbuild import __version__
    from olbuild.core import report as reports
    from olbuild.language.lint import TOPICS, explain

    found = tuple(findings)
    used = {each.code for each in found}
    rules = tuple(
        reports.About(
            code=topic.code, name=topic.name, severity=topic.severity, reason=topic.reason, help=explain(topic)
        )
        for topic in TOPICS
        if topic.code in used
    )
    results = tuple(reports.Result(name=each.name, diagnostic=each.diagnostic, fix=each.fix) for each in found)
    report = reports.Report(tool="olbuild", version=__version__, rules=rules, files=tuple(files), results=results)
    match form:
        case "json":
            session.write_json(reports.json_document(report))
        case "sarif":
            session.write_json(reports.sarif_document(report))
        case "github":
            session.write_lines(reports.github_commands(report))
        case _:
            session.write(reports.junit_xml(reports.suites_of(report), "olbuild check"))

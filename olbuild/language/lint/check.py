"""All findings about a Modelfile: what the language says, and what the rules find."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.core.errors import ModelfileError
from olbuild.core.text import Diagnostic, Source
from olbuild.language.lint.catalog import RULES, topic
from olbuild.language.lint.compiling import flaws
from olbuild.language.lint.facts import Survey, no_facts
from olbuild.language.lint.finding import Finding
from olbuild.language.lint.ignores import heed
from olbuild.language.lint.naming import names
from olbuild.language.lint.reported import fix_of
from olbuild.language.lint.subject import Page, Subject
from olbuild.language.lint.topic import Rule
from olbuild.language.modelfile import Dialect, parse
from olbuild.language.modelfile.decode import decode
from olbuild.language.modelfile.settings import merge


def lint(
    data: bytes, *, name: str = "Modelfile", dialect: Dialect = "olbuild", survey: Survey = no_facts
) -> tuple[Finding, ...]:
    """Return what is wrong and what is doubtful about a Modelfile, in the order of places.

    With errors of syntax there is nothing that rules could look at, so there is only what the language reports.

    Args:
        data: the bytes of the file.
        name: what findings call it.
        dialect: how it is read.
        survey: finds out what is not in the file.
    """
    source = Source(name, decode(data))
    page = Page.read(source, dialect)
    try:
        modelfile = parse(data, name=name, dialect=dialect)
    except ModelfileError as error:
        return _ordered(heed(page, _reported(error.diagnostics, page), ran=()))
    settings, problems = merge(modelfile.instructions)
    facts = survey(settings)
    subject = Subject(data=data, page=page, modelfile=modelfile, settings=settings, facts=facts)
    ran = [rule.code for rule in RULES if not rule.needs_facts]
    findings = [
        *_reported((*modelfile.warnings, *problems, *flaws(settings), *names(settings), *facts.problems), page),
        *(finding for rule in RULES for finding in _found(rule, subject)),
    ]
    return _ordered(heed(page, findings, ran=ran))


def _reported(diagnostics: tuple[Diagnostic, ...], page: Page) -> Iterator[Finding]:
    for diagnostic in diagnostics:
        yield Finding(diagnostic=diagnostic, name=topic(diagnostic.code).name, fix=fix_of(diagnostic, page))


def _found(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for remark in rule.find(subject):
        diagnostic = Diagnostic(
            code=rule.code, message=remark.message, span=remark.span, hint=remark.hint, severity=rule.severity
        )
        yield Finding(diagnostic=diagnostic, name=rule.name, fix=remark.fix)


def _ordered(findings: Iterator[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (finding.diagnostic.span.start, finding.code)))

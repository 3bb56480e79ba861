"""All findings about a Modelfile: what the language says, and what the rules find."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from olbuild.core.records import replace
from olbuild.core.text import Diagnostic, Source
from olbuild.language.lint.catalog import RULES, topic
from olbuild.language.lint.compiling import flaws
from olbuild.language.lint.facts import Survey, no_facts
from olbuild.language.lint.finding import Finding
from olbuild.language.lint.ignores import IGNORABLE, heed
from olbuild.language.lint.naming import names
from olbuild.language.lint.reported import fix_of
from olbuild.language.lint.subject import Page, Subject
from olbuild.language.lint.topic import Rule
from olbuild.language.modelfile import Dialect, Reader, analyse, expand
from olbuild.language.modelfile.settings import merge
from olbuild.language.modelfile.stages import lineage, split


def lint(
    data: bytes,
    *,
    name: str = "Modelfile",
    dialect: Dialect = "olbuild",
    survey: Survey = no_facts,
    reader: Reader | None = None,
) -> tuple[Finding, ...]:
    """Return what is wrong and what is doubtful about a Modelfile, in the order of places.

    With errors of syntax there is nothing that rules could look at, so there is only what the language reports. Of the
    files that it names there is what keeps it from being built; for the rest they are asked themselves.

    Args:
        data: the bytes of the file.
        name: what findings call it.
        dialect: how it is read.
        survey: finds out what is not in the file.
        reader: reads included files and texts; without one, they are not looked at.
    """
    modelfile, found = analyse(data, name=name, dialect=dialect)
    page = Page.read(modelfile.source, dialect)
    expanded = expand(modelfile, reader, None)
    stages, misnamed = split(expanded.instructions)
    problems = [problem for stage in stages for problem in merge(stage.instructions)[1]]
    found = (*found, *(each for each in expanded.found if each.is_error), *problems)
    if not _is_broken(found, page):
        found += misnamed
    if _is_broken(found, page):
        return _ordered(_heeded(page, _reported(found, page), ran=()), expanded.sources)
    settings, _ = merge([each for stage in lineage(stages, None) for each in stage.instructions])
    facts = survey(settings)
    subject = Subject(
        data=data,
        page=page,
        modelfile=replace(modelfile, instructions=expanded.own),
        stages=stages,
        settings=settings,
        facts=facts,
    )
    ran = [rule.code for rule in RULES if not rule.needs_facts]
    findings = [
        *_reported((*found, *flaws(settings), *names(settings), *facts.problems), page),
        *(finding for rule in RULES for finding in _found(rule, subject)),
    ]
    return _ordered(_heeded(page, findings, ran=ran), expanded.sources)


def _is_broken(found: Iterable[Diagnostic], page: Page) -> bool:
    """Whether a file has an error that nothing can accept. Errors of the files that it names do not count."""
    return any(each.is_error and each.code not in IGNORABLE for each in found if each.source is page.source)


def _heeded(page: Page, findings: Iterable[Finding], *, ran: Collection[str]) -> Iterator[Finding]:
    """Yield the findings that no comment of the file accepts; comments say nothing about other files."""
    findings = list(findings)
    yield from heed(page, (each for each in findings if each.diagnostic.source is page.source), ran=ran)
    yield from (each for each in findings if each.diagnostic.source is not page.source)


def _reported(diagnostics: tuple[Diagnostic, ...], page: Page) -> Iterator[Finding]:
    for diagnostic in diagnostics:
        yield Finding(diagnostic=diagnostic, name=topic(diagnostic.code).name, fix=fix_of(diagnostic, page))


def _found(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for remark in rule.find(subject):
        if remark.span.source is not subject.source:
            continue
        diagnostic = Diagnostic(
            code=rule.code, message=remark.message, span=remark.span, hint=remark.hint, severity=rule.severity
        )
        yield Finding(diagnostic=diagnostic, name=rule.name, fix=remark.fix)


def _ordered(findings: Iterator[Finding], sources: tuple[Source, ...]) -> tuple[Finding, ...]:
    place = {id(source): index for index, source in enumerate(sources)}

    def key(finding: Finding) -> tuple[int, int, str]:
        span = finding.diagnostic.span
        return place.get(id(span.source), 0), span.start, finding.code

    return tuple(sorted(findings, key=key))

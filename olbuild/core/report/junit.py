"""JUnit XML: suites of cases, each passed, failed or skipped. There is no standard; this is what CI servers share.

What the attributes mean: github.com/testmoapp/junitxml, which collects what Jenkins, GitLab and others read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from olbuild.core.records import Frozen
from olbuild.core.report.model import Report

# What XML 1.0 cannot carry at all, not even escaped.
_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Case(Frozen, kw_only=True):
    """One case. ``failure`` says in a line why it failed, ``detail`` in full; ``skipped`` why it was not run.

    ``seconds`` is how long it took, ``place`` the file that it belongs to, with the line.
    """

    name: str
    group: str
    failure: str | None = None
    kind: str = "failure"
    detail: str = ""
    skipped: str | None = None
    seconds: float | None = None
    place: tuple[str, int] | None = None


class Suite(Frozen, kw_only=True):
    """Cases that belong together."""

    name: str
    cases: tuple[Case, ...]


def junit_xml(suites: Iterable[Suite], name: str = "olbuild") -> str:
    """Return the document, without a line end behind it."""
    suites = tuple(suites)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f"<testsuites name={_attribute(name)} {_counts([each for suite in suites for each in suite.cases])}>")
    for suite in suites:
        lines.append(f"  <testsuite name={_attribute(suite.name)} {_counts(suite.cases)}>")
        lines += [line for case in suite.cases for line in _case(case)]
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"])


def suites_of(report: Report) -> tuple[Suite, ...]:
    """Return a suite for each file, with a failed case for each result; a clean file is one case that passed."""
    return tuple(Suite(name=file, cases=_cases(report, file)) for file in report.files)


def _cases(report: Report, file: str) -> tuple[Case, ...]:
    cases = []
    for result in report.results:
        diagnostic = result.diagnostic
        if diagnostic.source.name != file:
            continue
        line, column = diagnostic.source.position(diagnostic.span.start)
        cases.append(
            Case(
                name=f"{diagnostic.code} {result.name} ({line}:{column})",
                group=file,
                failure=diagnostic.message,
                kind=diagnostic.severity,
                detail=diagnostic.render(),
                place=(file, line),
            )
        )
    return tuple(cases) or (Case(name="clean", group=file),)


def _case(case: Case) -> list[str]:
    attributes = f"name={_attribute(case.name)} classname={_attribute(case.group)}"
    if case.seconds is not None:
        attributes += f' time="{case.seconds:.3f}"'
    if case.place is not None:
        attributes += f' file={_attribute(case.place[0])} line="{case.place[1]}"'
    if case.skipped is not None:
        inside = f"<skipped message={_attribute(case.skipped)}/>"
    elif case.failure is not None:
        opening = f"<failure message={_attribute(case.failure)} type={_attribute(case.kind)}>"
        inside = f"{opening}{escape(_speakable(case.detail))}</failure>"
    else:
        return [f"    <testcase {attributes}/>"]
    return [f"    <testcase {attributes}>", f"      {inside}", "    </testcase>"]


def _counts(cases: Iterable[Case]) -> str:
    cases = tuple(cases)
    skipped = sum(case.skipped is not None for case in cases)
    failed = sum(case.skipped is None and case.failure is not None for case in cases)
    return f'tests="{len(cases)}" failures="{failed}" errors="0" skipped="{skipped}"'


def _attribute(text: str) -> str:
    return quoteattr(_speakable(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _speakable(text: str) -> str:
    return _UNSPEAKABLE.sub("\N{REPLACEMENT CHARACTER}", text)

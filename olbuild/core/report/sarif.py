"""A report as SARIF 2.1.0 (OASIS, docs.oasis-open.org/sarif/sarif/v2.1.0): what code hosts and editors read."""

from __future__ import annotations

from urllib.parse import quote

from olbuild.core.report.model import About, Region, Report, Result, region, region_of

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_document(report: Report) -> dict[str, object]:
    """Return the SARIF log of one run. Columns count characters (``unicodeCodePoints``), as everywhere in olbuild."""
    index = {rule.code: number for number, rule in enumerate(report.rules)}
    driver = {"name": report.tool, "version": report.version, "rules": [_rule(rule) for rule in report.rules]}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "artifacts": [{"location": {"uri": uri(file)}} for file in report.files],
                "results": [_result(result, index) for result in report.results],
            }
        ],
    }


def uri(name: str) -> str:
    """Return the URI of a file: relative for a relative path, ``file:`` for an absolute one (§3.4)."""
    path = quote(name.removeprefix("./"), safe="/~!$&'()*+,;=@")
    return f"file://{path}" if name.startswith("/") else path


def _rule(rule: About) -> dict[str, object]:
    described: dict[str, object] = {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.reason},
        "defaultConfiguration": {"level": rule.severity},
    }
    if rule.help:
        described["help"] = {"text": rule.help, "markdown": rule.help}
    return described


def _result(result: Result, index: dict[str, int]) -> dict[str, object]:
    diagnostic = result.diagnostic
    location = {"artifactLocation": {"uri": uri(diagnostic.source.name)}, "region": _region(region_of(diagnostic))}
    hint = f" ({diagnostic.hint})" if diagnostic.hint else ""
    document: dict[str, object] = {
        "ruleId": diagnostic.code,
        "level": diagnostic.severity,
        "message": {"text": diagnostic.message + hint},
        "locations": [{"physicalLocation": location}],
    }
    if diagnostic.code in index:
        document["ruleIndex"] = index[diagnostic.code]
    if result.fix is not None and result.fix.edits:
        document["fixes"] = [_fix(result)]
    return document


def _fix(result: Result) -> dict[str, object]:
    source, fix = result.diagnostic.source, result.fix
    replacements = [
        {"deletedRegion": _region(region(source, edit.start, edit.end)), "insertedContent": {"text": edit.text}}
        for edit in (fix.edits if fix else ())
    ]
    change = {"artifactLocation": {"uri": uri(source.name)}, "replacements": replacements}
    return {"description": {"text": fix.title if fix else ""}, "artifactChanges": [change]}


def _region(place: Region) -> dict[str, int]:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }

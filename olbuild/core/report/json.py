"""A report as a JSON document of our own: small, stable, and with everything in it."""

from __future__ import annotations

from msgspec.structs import asdict

from olbuild.core.report.model import Report, Result, region, region_of


def json_document(report: Report) -> dict[str, object]:
    """Return ``files`` and ``findings``; lines and columns count from 1, ends are exclusive."""
    return {"files": list(report.files), "findings": [_finding(result) for result in report.results]}


def _finding(result: Result) -> dict[str, object]:
    diagnostic = result.diagnostic
    return {
        "file": diagnostic.source.name,
        **asdict(region_of(diagnostic)),
        "code": diagnostic.code,
        "name": result.name,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "fix": _fix(result),
    }


def _fix(result: Result) -> dict[str, object] | None:
    if result.fix is None:
        return None
    source = result.diagnostic.source
    edits = [{**asdict(region(source, edit.start, edit.end)), "text": edit.text} for edit in result.fix.edits]
    return {"title": result.fix.title, "edits": edits}

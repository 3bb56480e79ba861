"""A report as workflow commands: GitHub shows each result beside its line.

Format: docs.github.com, "Workflow commands for GitHub Actions"; how values are escaped: actions/toolkit,
``packages/core/src/command.ts``.
"""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.core.report.model import Report, region_of

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def github_commands(report: Report) -> Iterator[str]:
    """Yield one line for each result."""
    for result in report.results:
        diagnostic = result.diagnostic
        place = region_of(diagnostic)
        properties = {
            "file": diagnostic.source.name,
            "line": str(place.line),
            "endLine": str(place.end_line),
            "title": f"{diagnostic.code} {result.name}",
        }
        if place.line == place.end_line:  # GitHub takes columns only for a range on one line
            properties |= {"col": str(place.column), "endColumn": str(place.end_column)}
        listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
        hint = f"\nhint: {diagnostic.hint}" if diagnostic.hint else ""
        yield f"::{_COMMANDS[diagnostic.severity]} {listed}::{_data(diagnostic.message + hint)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

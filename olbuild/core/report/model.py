"""What a report is made of: results about files, and the rules that they are results of."""

from __future__ import annotations

from olbuild.core.records import Frozen
from olbuild.core.text import Diagnostic, Fix, Severity, Source


class About(Frozen, kw_only=True):
    """A rule: its code, its name, how bad a result of it is, and why, in a sentence. ``help`` is Markdown."""

    code: str
    name: str
    severity: Severity
    reason: str
    help: str = ""


class Result(Frozen, kw_only=True):
    """One result: a diagnostic, whose source is named after its file, and how it can be mended."""

    name: str
    diagnostic: Diagnostic
    fix: Fix | None = None


class Region(Frozen, kw_only=True):
    """A range of a text in lines and columns, counted from 1; the end column is the first one behind the range."""

    line: int
    column: int
    end_line: int
    end_column: int


class Report(Frozen, kw_only=True):
    """All results of one run. ``files`` has every file that was looked at, clean ones included."""

    tool: str
    version: str
    rules: tuple[About, ...]
    files: tuple[str, ...]
    results: tuple[Result, ...]


def region(source: Source, start: int, end: int) -> Region:
    """Return where the characters ``[start, end)`` of a source are."""
    line, column = source.position(start)
    end_line, end_column = source.position(max(start, end))
    return Region(line=line, column=column, end_line=end_line, end_column=end_column)


def region_of(diagnostic: Diagnostic) -> Region:
    """Return where a diagnostic points at."""
    return region(diagnostic.source, diagnostic.span.start, diagnostic.span.end)

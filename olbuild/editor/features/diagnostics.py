"""Findings as an editor shows them."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from olbuild.editor.analysis.messages import Found
from olbuild.editor.features.ranges import range_of
from olbuild.editor.text.document import Document
from olbuild.language.modelfile.codes import Code

SOURCE = "olbuild"

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}
_TAGS = {
    str(Code.DEPRECATED_PARAMETER): types.DiagnosticTag.Deprecated,
    "OLB332": types.DiagnosticTag.Unnecessary,
    "OLB391": types.DiagnosticTag.Unnecessary,
}


def diagnostic(document: Document, found: Found) -> types.Diagnostic:
    """Return a finding with its place, and what to do in a line of its own."""
    related = None
    if found.elsewhere is not None:
        place = types.Position(found.elsewhere.line, found.elsewhere.character)
        location = types.Location(Path(found.elsewhere.path).as_uri(), types.Range(place, place))
        related = [types.DiagnosticRelatedInformation(location, found.message)]
    tag = _TAGS.get(found.code)
    return types.Diagnostic(
        range=range_of(document, found.start, found.end),
        message=f"{found.message}\n{found.hint}" if found.hint else found.message,
        severity=_SEVERITIES[found.severity],
        code=found.code,
        source=SOURCE,
        tags=[tag] if tag else None,
        related_information=related,
    )

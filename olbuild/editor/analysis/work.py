"""Doing one job: from a text to what the linter finds, with the facts that are on disk."""

from __future__ import annotations

import posixpath
from pathlib import Path

from olbuild.api.checking import check, check_and_fix
from olbuild.api.modelfiles import ModelfileText
from olbuild.core.errors import ModelfileError
from olbuild.core.text import Span
from olbuild.editor.analysis.messages import Answer, Edit, Elsewhere, Found, Job, Mend
from olbuild.language.lint import Finding
from olbuild.language.lint.ignores import IGNORABLE, TOPICS
from olbuild.language.modelfile import Dialect, Include, Test, analyse
from olbuild.language.modelfile.decode import decode
from olbuild.language.modelfile.format import format_modelfile

_ABOUT_IGNORES = {topic.code for topic in TOPICS}


def work(job: Job) -> Answer:
    """Do a job. Whatever goes wrong, there is an answer."""
    text = ModelfileText(name=job.name, path=None, folder=Path(job.folder), data=job.text.encode())
    match job.task:
        case "check":
            return Answer(found=_check(text, job.dialect))
        case "mend":
            return Answer(text=decode(check_and_fix(text, dialect=job.dialect).data))
        case "format":
            try:
                return Answer(text=format_modelfile(text.data, name=text.name, dialect=job.dialect))
            except ModelfileError:
                return Answer()


def _check(text: ModelfileText, dialect: Dialect) -> tuple[Found, ...]:
    own = decode(text.data)
    return tuple(_found(finding, own, text, dialect) for finding in check(text, dialect=dialect))


def _found(finding: Finding, own: str, text: ModelfileText, dialect: Dialect) -> Found:
    diagnostic, span = finding.diagnostic, finding.diagnostic.span
    elsewhere, message = None, diagnostic.message
    if span.source.text is not own and (span.source.name != text.name or span.source.text != own):
        line, column = span.source.position(span.start)
        elsewhere = Elsewhere(str(text.folder / span.source.name), line - 1, column - 1)
        message = f"{span.source.name}:{line}:{column}: {message}"
        span = _way_to(span.source.name, text, dialect)
    mend = None
    if finding.fix is not None and elsewhere is None:
        edits = tuple(Edit(edit.start, edit.end, edit.text) for edit in finding.fix.edits)
        mend = Mend(finding.fix.title, edits)
    error = diagnostic.is_error and finding.code < "OLB2" and finding.code not in IGNORABLE
    return Found(
        code=finding.code,
        name=finding.name,
        severity=diagnostic.severity,
        message=message,
        hint=diagnostic.hint,
        start=span.start,
        end=span.end,
        ignorable=not error and finding.code not in _ABOUT_IGNORES and elsewhere is None,
        mend=mend,
        elsewhere=elsewhere,
    )


def _way_to(name: str, text: ModelfileText, dialect: Dialect) -> Span:
    """Return the place in a Modelfile that brings another file in: what names it, or else the first INCLUDE."""
    modelfile, _ = analyse(text.data, name=text.name, dialect=dialect)
    first: Span | None = None
    for each in modelfile.instructions:
        file, span = getattr(each, "file", None), each.place.flag("file")
        if isinstance(each, Test):
            file, span = each.json_schema, each.place.flag("json-schema")
        if isinstance(each, Include):
            file, span = each.path, each.place.value
            first = first or span
        if file is not None and posixpath.join(posixpath.dirname(text.name), posixpath.normpath(file)) == name:
            return span
    return first or Span(modelfile.source, 0, 0)

"""Doing one job: from a text to what the linter finds, with the facts that are on disk."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

from olbuild.api.checking import check, check_and_fix
from olbuild.api.modelfiles import ModelfileText
from olbuild.core.errors import ModelfileError
from olbuild.core.records import replace
from olbuild.core.text import Source, Span
from olbuild.editor.analysis.messages import Answer, Edit, Elsewhere, Found, Job, Mend
from olbuild.language.lint import Finding
from olbuild.language.lint.ignores import IGNORABLE, TOPICS
from olbuild.language.lint.subject import Page
from olbuild.language.modelfile import Dialect, Include, Test, analyse
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.decode import decode
from olbuild.language.modelfile.format import format_modelfile
from olbuild.language.modelfile.nodes import CommentNode, InstructionNode

_ABOUT_IGNORES = {topic.code for topic in TOPICS}
# What a line that was taken out may be the reason of.
_MISLEADING = _ABOUT_IGNORES | {Code.NO_FROM, Code.BAD_STAGE, Code.BEFORE_STAGE}
_NOT_A_LINE_END = re.compile(r"[^\r\n]")


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
    found = [_found(finding, own, text, dialect) for finding in check(text, dialect=dialect)]
    sound = without_flaws(own, (each.start for each in found if _is_flaw(each)), text.name, dialect)
    if sound != own:
        rest = check(replace(text, data=sound.encode()), dialect=dialect)
        known = {(each.code, each.start) for each in found}
        others = (_found(finding, sound, text, dialect) for finding in rest)
        found += [each for each in others if each.code not in _MISLEADING and (each.code, each.start) not in known]
    return tuple(sorted(found, key=lambda each: (each.start, each.code)))


def _is_flaw(found: Found) -> bool:
    return found.severity == "error" and not found.ignorable and found.elsewhere is None


def without_flaws(text: str, places: Iterable[int], name: str, dialect: Dialect) -> str:
    """Return a text with blanks in the place of its flawed lines, so that the linter looks at all others.

    ``places`` are offsets in instructions that are well-formed and still wrong.
    """
    page = Page.read(Source(name, text), dialect)
    wrong = set(places)
    if not wrong:
        return text
    parts: list[str] = []
    after = 0
    for node in page.nodes:
        start, end = node.extent.start, node.extent.end
        sound = isinstance(node, CommentNode) or (isinstance(node, InstructionNode) and node.value.closed)
        if sound and not any(start <= place <= end for place in wrong):
            continue
        parts += [text[after:start], _NOT_A_LINE_END.sub(" ", text[start:end])]
        after = end
    return "".join([*parts, text[after:]])


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

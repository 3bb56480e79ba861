"""``# olbuild: ignore=OLB332 reason``: a comment that says that a finding is known and accepted.

It holds for everything from its own line to the end of the next instruction. Errors of the language cannot be ignored:
the file does not build. But a file that others include needs no FROM, and may say so in its first line. What a comment
does not need to say, or says wrongly, is itself a finding.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import field

from olbuild.core.records import Mutable
from olbuild.core.text import Diagnostic, Edit, Fix, Span
from olbuild.language.lint.edits import remove
from olbuild.language.lint.finding import Finding
from olbuild.language.lint.subject import Page
from olbuild.language.lint.topic import Topic, example
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.nodes import CommentNode, Node

_ADDRESSED = re.compile(r"#[ \t]*olbuild:[ \t]*")
_IGNORE = re.compile(r"ignore=(?P<codes>OLB\d{3}(?:,OLB\d{3})*)(?:[ \t]+(?P<reason>\S.*))?[ \t]*")
_CODE = re.compile(r"OLB\d{3}")

UNUSED = Topic(
    code="OLB391",
    name="unused-ignore",
    severity="warning",
    reason="The comment accepts a finding that is not there, and would hide it if it came back.",
    triggers=example("# olbuild: ignore=OLB371 it was empty once\nFROM llama3.2:3b\nSYSTEM Be brief.\n"),
    passes=example("# olbuild: ignore=OLB311 always the newest\nFROM llama3.2\n"),
)
MALFORMED = Topic(
    code="OLB392",
    name="malformed-ignore",
    severity="warning",
    reason="The comment is addressed to olbuild, which does not understand it; so it accepts nothing.",
    triggers=example("# olbuild: ignore 371\nFROM llama3.2:3b\n"),
    passes=example("# olbuild builds this file.\nFROM llama3.2:3b\n"),
)
UNEXPLAINED = Topic(
    code="OLB393",
    name="ignore-without-reason",
    severity="note",
    reason="Whoever reads the file later cannot tell whether what is accepted here still has to be.",
    triggers=example('FROM llama3.2:3b\n# olbuild: ignore=OLB371\nSYSTEM ""\n'),
    passes=example(
        'FROM llama3.2:3b\n# olbuild: ignore=OLB371 the base has one, which is not wanted here\nSYSTEM ""\n'
    ),
)
TOPICS = (UNUSED, MALFORMED, UNEXPLAINED)

IGNORABLE = frozenset({Code.NO_FROM})
"""Errors of the language that a comment can accept: a file that others include needs no FROM."""


class _Ignore(Mutable, kw_only=True):
    """A comment, the range of offsets that it covers, its codes with their places, and those that were needed."""

    comment: Span
    end: int
    codes: list[Span]
    reason: str
    used: set[str] = field(default_factory=set)


def heed(page: Page, findings: Iterable[Finding], *, ran: Collection[str]) -> Iterator[Finding]:
    """Yield the findings that no comment accepts, and then those about the comments.

    ``ran`` are the codes of the rules that find the same everywhere. A comment about another one cannot be called
    unused: where other things are known about the model it may be needed.
    """
    ignores, malformed = _read(page)
    by_code: dict[str, list[_Ignore]] = {}
    for each in ignores:
        for code in each.codes:
            by_code.setdefault(code.text, []).append(each)
    for finding in findings:
        covering = [each for each in by_code.get(finding.code, ()) if _covers(each, finding)]
        if not covering or (finding.diagnostic.is_error and finding.code < "OLB3" and finding.code not in IGNORABLE):
            yield finding
        for each in covering:
            each.used.add(finding.code)
    yield from malformed
    for each in ignores:
        if not each.reason:
            yield _about(UNEXPLAINED, each.comment, "the comment does not say why", "write the reason behind the code")
        yield from _unused(each, ran)


def _covers(ignore: _Ignore, finding: Finding) -> bool:
    place = finding.diagnostic.span.start
    return ignore.comment.start <= place <= ignore.end


def _unused(ignore: _Ignore, ran: Collection[str]) -> Iterator[Finding]:
    unused = [code for code in ignore.codes if code.text not in ignore.used and code.text in ran]
    for code in unused:
        fix = remove(ignore.comment, "the comment") if len(ignore.codes) == 1 else _without(code)
        yield _about(UNUSED, code, f"there is no {code.text} here", "take the code away", fix)


def _without(code: Span) -> Fix:
    """Return the fix that takes one of several codes out of a comment, with one of the commas beside it."""
    text, start, end = code.source.text, code.start, code.end
    if text[end : end + 1] == ",":
        end += 1
    else:
        start -= 1
    return Fix(title=f"take {code.text} away", edits=(Edit(start, end, ""),))


def _read(page: Page) -> tuple[list[_Ignore], list[Finding]]:
    ignores: list[_Ignore] = []
    malformed: list[Finding] = []
    for node, end in _with_ends(page.nodes):
        addressed = _ADDRESSED.match(node.span.text) if isinstance(node, CommentNode) else None
        if addressed is None:
            continue
        match = _IGNORE.fullmatch(node.span.text, addressed.end())
        if match is None:
            hint = "write # olbuild: ignore=OLB371 and the reason; several codes with commas"
            malformed.append(_about(MALFORMED, node.span, "olbuild does not understand this comment", hint))
            continue
        start = node.span.start
        codes = [
            Span(node.span.source, start + code.start(), start + code.end())
            for code in _CODE.finditer(node.span.text, match.start("codes"), match.end("codes"))
        ]
        ignores.append(_Ignore(comment=node.span, end=end, codes=codes, reason=match["reason"] or ""))
    return ignores, malformed


def _with_ends(nodes: Sequence[Node]) -> list[tuple[Node, int]]:
    """Return each line with the offset at which the first instruction behind it ends, or it itself if there is none."""
    found: list[tuple[Node, int]] = []
    end: int | None = None
    for node in reversed(nodes):
        found.append((node, node.extent.end if end is None else end))
        if not isinstance(node, CommentNode):
            end = node.extent.end
    return found[::-1]


def _about(topic: Topic, span: Span, message: str, hint: str, fix: Fix | None = None) -> Finding:
    diagnostic = Diagnostic(code=topic.code, message=message, span=span, hint=hint, severity=topic.severity)
    return Finding(diagnostic=diagnostic, name=topic.name, fix=fix)

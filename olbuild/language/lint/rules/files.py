"""Rules about the file as such: its encoding, its line ends, how its keywords are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from olbuild.core.text import Edit, Fix, Span
from olbuild.language.lint.edits import replacement
from olbuild.language.lint.subject import Subject
from olbuild.language.lint.topic import Example, Remark, rule
from olbuild.language.modelfile import Arg, From, Include
from olbuild.language.modelfile.encoding import encoding_of, is_lossless
from olbuild.language.modelfile.format import NOT_TEXT, not_text

_LINE_END = re.compile(r"\r\n|\r|\n")
_SAVE = Fix(title="save the file as UTF-8 without a byte order mark", edits=())


@rule(
    "OLB301",
    "utf-16",
    "warning",
    reason="The file is UTF-16. Ollama reads it, and most other tools (git, grep, review pages) take it for binary.",
    triggers=Example(data="\ufeffFROM llama3.2:3b\n".encode("utf-16-le")),
    passes="FROM llama3.2:3b\n",
)
def utf_16(subject: Subject) -> Iterator[Remark]:
    """Find a file in UTF-16."""
    if encoding_of(subject.data).startswith("utf-16"):
        yield Remark(span=_start(subject), message="the file is UTF-16", hint="save it as UTF-8", fix=_SAVE)


@rule(
    "OLB302",
    "byte-order-mark",
    "note",
    reason="The file begins with a byte order mark, which UTF-8 does not need and some tools show as text.",
    triggers=Example(data="\ufeffFROM llama3.2:3b\n".encode()),
    passes="FROM llama3.2:3b\n",
)
def byte_order_mark(subject: Subject) -> Iterator[Remark]:
    """Find a byte order mark of UTF-8."""
    if encoding_of(subject.data) == "utf-8-sig":
        yield Remark(span=_start(subject), message="there is a byte order mark", hint="save it without", fix=_SAVE)


@rule(
    NOT_TEXT,
    "not-text",
    "warning",
    reason="Bytes that are no UTF-8 are read as U+FFFD: what was meant is lost.",
    triggers=Example(data=b"FROM llama3.2:3b\nSYSTEM Answer in fran\xe7ais.\n"),
    passes="FROM llama3.2:3b\nSYSTEM Answer in fran\u00e7ais.\n",
)
def bytes_that_are_no_text(subject: Subject) -> Iterator[Remark]:
    """Find bytes that decoding lost."""
    if not is_lossless(subject.data):
        found = not_text(subject.source)
        yield Remark(span=found.span, message=found.message, hint=found.hint or "")


@rule(
    "OLB304",
    "mixed-line-ends",
    "note",
    reason="Some lines end in LF and some in CR LF, so that editors and diffs show changes that nobody made.",
    triggers="FROM llama3.2:3b\r\nPARAMETER seed 7\n",
    passes="FROM llama3.2:3b\nPARAMETER seed 7\n",
)
def mixed_line_ends(subject: Subject) -> Iterator[Remark]:
    """Find line ends of several kinds between the lines; those inside of texts are content."""
    text, after = subject.source.text, 0
    ends: list[re.Match[str]] = []
    for node in subject.page.nodes:
        ends += _LINE_END.finditer(text, after, node.extent.start)
        after = node.extent.end
    ends += _LINE_END.finditer(text, after)
    others = [end for end in ends if end[0] != "\n"]
    if others and len({end[0] for end in ends}) > 1:
        yield Remark(
            span=Span(subject.source, others[0].start(), others[0].end()),
            message="lines end in different ways",
            hint="end each in LF",
            fix=Fix(title="end each line in LF", edits=tuple(Edit(end.start(), end.end(), "\n") for end in others)),
        )


@rule(
    "OLB305",
    "carriage-return-in-text",
    "warning",
    reason="Inside of a text a CR is content: the model reads it, and the digest is another one than with LF.",
    triggers='FROM llama3.2:3b\nSYSTEM """Be brief.\r\nBe kind."""\n',
    passes='FROM llama3.2:3b\nSYSTEM """Be brief.\nBe kind."""\n',
)
def carriage_return_in_text(subject: Subject) -> Iterator[Remark]:
    """Find CR inside of values."""
    for node, _ in subject.instructions:
        span = node.value.span
        ends = [end for end in _LINE_END.finditer(span.text) if end[0] != "\n"]
        if ends:
            edits = tuple(Edit(span.start + end.start(), span.start + end.end(), "\n") for end in ends)
            yield Remark(
                span=node.keyword.span,
                message="the text has CR at the end of its lines",
                hint="end its lines in LF",
                fix=Fix(title="end the lines of the text in LF", edits=edits),
            )


@rule(
    "OLB306",
    "keyword-case",
    "note",
    reason="Instructions are written in capitals, so that they stand out from texts.",
    triggers="from llama3.2:3b\n",
    passes="FROM llama3.2:3b\n",
)
def keyword_case(subject: Subject) -> Iterator[Remark]:
    """Find keywords that are not in capitals."""
    for node, _ in subject.instructions:
        keyword = node.keyword.text.upper()
        if node.keyword.text != keyword:
            fix = Fix(title=f"write {keyword}", edits=(replacement(node.keyword.span, keyword),))
            yield Remark(
                span=node.keyword.span, message=f"{keyword} is not in capitals", hint=f"write {keyword}", fix=fix
            )


@rule(
    "OLB307",
    "tab-as-separator",
    "note",
    reason="A tab between the words of an instruction looks like several blanks, which mean something else.",
    triggers="FROM llama3.2:3b\nPARAMETER\ttemperature 0.7\n",
    passes="FROM llama3.2:3b\nPARAMETER temperature 0.7\n",
)
def tab_as_separator(subject: Subject) -> Iterator[Remark]:
    """Find tabs between keyword, name and value."""
    text = subject.source.text
    for node, _ in subject.instructions:
        words = [node.keyword.span, *([node.name.span] if node.name else []), node.value.span]
        for before, after in pairwise(words):
            between = text[before.end : after.start]
            if "\t" in between and not between.strip(" \t"):
                span = Span(subject.source, before.end, after.start)
                fix = Fix(title="write a blank", edits=(replacement(span, " "),))
                yield Remark(span=span, message="a tab separates the words", hint="write a blank", fix=fix)


@rule(
    "OLB308",
    "late-from",
    "note",
    reason="FROM says what the rest of the file changes; readers look for it first.",
    triggers="SYSTEM Be brief.\nFROM llama3.2:3b\n",
    passes="FROM llama3.2:3b\nSYSTEM Be brief.\n",
)
def late_from(subject: Subject) -> Iterator[Remark]:
    """Find a file that does not begin with FROM."""
    said = [each for each in subject.modelfile.instructions if not isinstance(each, Arg | Include)]
    froms = subject.all(From)
    if froms and said[0] is not froms[0]:
        place = froms[0].place
        yield Remark(span=place.keyword, message="FROM is not the first instruction", hint="move it to the top")


def _start(subject: Subject) -> Span:
    return Span(subject.source, 0, 0)


RULES = (
    utf_16,
    byte_order_mark,
    bytes_that_are_no_text,
    mixed_line_ends,
    carriage_return_in_text,
    keyword_case,
    tab_as_separator,
    late_from,
)

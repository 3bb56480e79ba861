"""Rules about how values are written: quotes, escapes, and what was meant to be something else than text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from olbuild.core.text import Fix
from olbuild.language.lint.edits import replacement
from olbuild.language.lint.subject import Subject, inside
from olbuild.language.lint.topic import Example, Remark, rule
from olbuild.language.modelfile import License, Message, Parameter, System, Template
from olbuild.language.modelfile.hints import character_name, shorten
from olbuild.language.modelfile.nodes import InstructionNode
from olbuild.language.modelfile.quoting import quoted

_SMART = "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb\u2039\u203a`\u00b4"
_ESCAPE_IN_STOP = re.compile(r"\\[nrt\"]")
_ESCAPE_IN_TEXT = re.compile(r"\\n(?![a-z])|\\\"")
_FILE = re.compile(r"(?:\.{0,2}/)?[\w./-]+\.(?:txt|md|jinja2?|j2|tmpl|gotmpl|jsonl?|ya?ml)")
_LICENSE_FILE = re.compile(r"(?:\./)?(?:LICEN[CS]E|COPYING)(?:[.-][\w.]+)?")
_FLAG = re.compile(r"--[a-z][a-z-]*=")


def _requoted(node: InstructionNode) -> Fix | None:
    """Return the fix that puts double quotes in the place of the first and the last character."""
    text = quoted(node.value.text[1:-1], '"')
    if text is None or node.value.text != node.value.span.text:
        return None
    return Fix(title="write double quotes", edits=(replacement(node.value.span, text),))


@rule(
    "OLB321",
    "smart-quotes",
    "warning",
    reason="Only the straight double quote is a quote. A typographic one, often from a word processor, is text.",
    triggers="FROM llama3.2:3b\nSYSTEM \u201cBe brief.\u201d\n",
    passes='FROM llama3.2:3b\nSYSTEM "Be brief."\n',
)
def smart_quotes(subject: Subject) -> Iterator[Remark]:
    """Find bare values that begin and end with a typographic quote, or are one."""
    for node, _ in subject.instructions:
        text = node.value.text
        if node.value.quote or not text or not (text[0] in _SMART and (len(text) == 1 or text[-1] in _SMART)):
            continue
        yield Remark(
            span=node.value.span,
            message=f"{character_name(text[0])} is part of the value",
            hint='write "…" around the value',
            fix=_requoted(node) if len(text) > 1 else None,
        )


@rule(
    "OLB322",
    "single-quotes",
    "warning",
    reason="Single quotes do not quote: they are part of the value.",
    triggers="FROM llama3.2:3b\nSYSTEM 'Be brief.'\n",
    passes='FROM llama3.2:3b\nSYSTEM "Be brief."\n',
)
def single_quotes(subject: Subject) -> Iterator[Remark]:
    """Find bare values in single quotes."""
    for node, _ in subject.instructions:
        text = node.value.text
        if not node.value.quote and len(text) > 1 and text[0] == text[-1] == "'":
            message = "the single quotes are part of the value"
            yield Remark(span=node.value.span, message=message, hint='write "…" around the value', fix=_requoted(node))


@rule(
    "OLB323",
    "written-escape",
    "warning",
    reason="Nothing escapes anything: a backslash and an n are these two characters, and no line end.",
    triggers='FROM llama3.2:3b\nPARAMETER stop "\\n\\n"\n',
    passes='FROM llama3.2:3b\nPARAMETER stop """\n\n"""\n',
)
def written_escape(subject: Subject) -> Iterator[Remark]:
    """Find escapes in stops, and in texts on one line: who writes a text on several knows how, and may show code.

    A template has strings of its own, where they mean something.
    """
    for node, each in subject.instructions:
        stop = isinstance(each, Parameter) and each.name == "stop"
        if not stop and (not isinstance(each, System | Message | License) or "\n" in node.value.text):
            continue
        match = (_ESCAPE_IN_STOP if stop else _ESCAPE_IN_TEXT).search(node.value.span.text)
        if match:
            hint = 'write what is meant: a line end inside of """…""", a quote as it is'
            message = f"{match[0]} is read as it stands, a backslash and another character"
            yield Remark(span=inside(node.value.span, *match.span()), message=message, hint=hint)


@rule(
    "OLB324",
    "path-as-text",
    "warning",
    reason="The value is the text itself. Here it looks like the name of a file that holds the text.",
    triggers="FROM llama3.2:3b\nSYSTEM ./prompts/system.md\n",
    passes="FROM llama3.2:3b\nSYSTEM Be brief.\n",
)
def path_as_text(subject: Subject) -> Iterator[Remark]:
    """Find texts that look like a path."""
    for each in subject.modelfile.instructions:
        if not isinstance(each, System | Template | License) or each.file is not None:
            continue
        text = each.text
        if _FILE.fullmatch(text) or (isinstance(each, License) and _LICENSE_FILE.fullmatch(text)):
            message = f"the text is {shorten(text)}, and not what a file of that name holds"
            hint = "write the text itself"
            if subject.modelfile.dialect == "olbuild":
                hint += (
                    f", or take it from the file: {type(each).__name__.upper()} --file={shorten(text, quoted=False)}"
                )
            yield Remark(span=each.place.value, message=message, hint=hint)


@rule(
    "OLB325",
    "flag-as-text",
    "warning",
    reason="Ollama knows no flags, and olbuild no such one here: it is the beginning of the text.",
    triggers=Example(data=b"FROM llama3.2:3b\nSYSTEM --file=system.md\n", dialect="ollama"),
    passes='FROM llama3.2:3b\nSYSTEM "--file= names a file."\n',
)
def flag_as_text(subject: Subject) -> Iterator[Remark]:
    """Find bare values that begin like a flag."""
    for node, _ in subject.instructions:
        match = _FLAG.match(node.value.text) if not node.value.quote else None
        if match:
            message = f"{match[0]} is read as the beginning of the value"
            hint = "write the value itself, in quotes if it is meant so"
            yield Remark(span=inside(node.value.span, 0, match.end()), message=message, hint=hint)


RULES = (smart_quotes, single_quotes, written_escape, path_as_text, flag_as_text)

"""What is said of the word under the pointer: an instruction, a parameter, a role, an argument, a code."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lsprotocol import types

from olbuild.editor.analysis.messages import Found
from olbuild.editor.features.ranges import offset_of, range_of, range_of_span
from olbuild.editor.text.document import Document
from olbuild.editor.text.names import Named
from olbuild.language.lint import TOPICS
from olbuild.language.lint.topic import Topic
from olbuild.language.modelfile.nodes import CommentNode, IncompleteNode, InstructionNode, Node, UnknownRoleNode, Word
from olbuild.language.modelfile.reference import BY_KEYWORD, ROLE_MEANINGS, InstructionEntry
from olbuild.language.parameters import DEPRECATED, ENTRIES, TYPE_NAMES, ParameterEntry

_CODE = re.compile(r"OLB\d{3}")
_TOPICS = {topic.code: topic for topic in TOPICS}


def hover(document: Document, position: types.Position, findings: Iterable[Found]) -> types.Hover | None:
    """Return what there is to say about a place, with why a finding there matters."""
    offset = offset_of(document, position)
    said, place = _about(document, offset)
    reasons = {each.code: _TOPICS[each.code] for each in findings if each.start <= offset <= each.end}
    parts = [said] if said else []
    parts += [f"**{topic.code}** {topic.name}: {topic.reason}" for topic in reasons.values()]
    if not parts:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(parts)), place)


def about_instruction(entry: InstructionEntry) -> str:
    """Return what an instruction is, in Markdown."""
    flags = "".join(f"\n- `--{flag.name}={flag.value}`: {flag.meaning}" for flag in entry.flags)
    extension = "\n\nOllama does not know it." if entry.extension else ""
    return f"```modelfile\n{entry.syntax}\n```\n{entry.meaning}\n\nSeveral: {entry.repeats}.{flags}{extension}"


def about_parameter(entry: ParameterEntry) -> str:
    """Return what a parameter is, in Markdown: meaning, type, range and default."""
    unit = f", in {entry.unit}" if entry.unit else ""
    rows = [f"**{entry.name}**: {entry.meaning}", f"- type: {TYPE_NAMES[entry.kind]}{unit}"]
    if entry.range is not None:
        rows.append(f"- sensible: {entry.range}")
    rows += [f"- default: {entry.default_text}", f"- example: `PARAMETER {entry.name} {entry.example}`"]
    return "\n".join([rows[0], "", *rows[1:]])


def about_topic(topic: Topic) -> str:
    """Return what a code means, in Markdown."""
    return f"**{topic.code}** {topic.name}: {topic.reason}"


def _about(document: Document, offset: int) -> tuple[str, types.Range | None]:
    node = document.node_at(offset)
    if node is None:
        return "", None
    if isinstance(node, CommentNode):
        return _code(document, node, offset)
    named = document.named_at(offset)
    if named is not None:
        return _about_name(named), range_of(document, named.start, named.end)
    for word, text in _words(node):
        if word.span.start <= offset <= word.span.end and text:
            return text, range_of_span(document, word.span)
    return "", None


def _code(document: Document, node: CommentNode, offset: int) -> tuple[str, types.Range | None]:
    for match in _CODE.finditer(document.text, node.span.start, node.span.end):
        topic = _TOPICS.get(match[0])
        if topic is not None and match.start() <= offset <= match.end():
            return about_topic(topic), range_of(document, *match.span())
    return "", None


def _about_name(named: Named) -> str:
    if named.kind == "stage":
        return f"**{named.name}**: a stage of this file"
    default = "without a default" if named.default is None else f"by default `{named.default}`"
    return f"**{named.name}**: an argument, {default}"


def _words(node: Node) -> list[tuple[Word, str]]:
    """Return the words of a line, with what there is to say of each."""
    if not isinstance(node, InstructionNode | UnknownRoleNode | IncompleteNode):
        return []
    entry = BY_KEYWORD.get(node.keyword.text.upper())
    words = [(node.keyword, about_instruction(entry) if entry else "")]
    if isinstance(node, IncompleteNode):
        return [*words, (node.rest, _of_name(node.keyword.text, node.rest.text.split(" ")[0]))]
    if isinstance(node, InstructionNode) and node.name is not None:
        said = _of_name(node.keyword.text, node.name.text)
        words.append((node.name, said))
        if node.keyword.text.upper() == "PARAMETER":
            words.append((Word(node.value.text, node.value.span), said))
    if isinstance(node, InstructionNode) and entry is not None:
        for flag in node.flags:
            meaning = next((each.meaning for each in entry.flags if each.name == flag.name), "")
            words.append((Word(flag.name, flag.span), f"`--{flag.name}`: {meaning}"))
    return words


def _of_name(keyword: str, name: str) -> str:
    if keyword.upper() == "MESSAGE":
        return f"**{name}**: {ROLE_MEANINGS[name]}" if name in ROLE_MEANINGS else ""
    if name in DEPRECATED:
        return f"**{name}**: deprecated and ignored"
    return about_parameter(ENTRIES[name]) if name in ENTRIES else ""

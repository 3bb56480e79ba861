"""The tree of a Modelfile as JSON (registry-spec/schemas/modelfile-tree.schema.json), also of one that is half written.

Offsets count characters of the decoded text from 0; lines and columns count from 1, columns in characters.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from olbuild.core.text import Diagnostic, Source, Span
from olbuild.language.modelfile.decode import decode
from olbuild.language.modelfile.expand import expand
from olbuild.language.modelfile.instructions import Dialect
from olbuild.language.modelfile.lines import lines
from olbuild.language.modelfile.nodes import (
    CommentNode,
    Flag,
    IncompleteNode,
    InstructionNode,
    Node,
    StrayNode,
    UnknownRoleNode,
    Value,
    Word,
)
from olbuild.language.modelfile.parse import analyse
from olbuild.language.modelfile.settings import merge
from olbuild.language.modelfile.stages import split
from olbuild.language.modelfile.visible import visible

VERSION = 1
"""Of the document's shape; a change that a reader could misread is a new one."""

Json: TypeAlias = dict[str, object]


def tree_document(data: bytes, *, name: str = "Modelfile", dialect: Dialect = "olbuild") -> Json:
    """Return every line that is not blank as an object, and everything that the language finds wrong or doubtful."""
    source = Source(name, decode(data))
    return {
        "version": VERSION,
        "name": name,
        "dialect": dialect,
        "nodes": [_node(node) for node in lines(source, visible(source.text), dialect)],
        "diagnostics": [_diagnostic(each) for each in diagnostics(data, name=name, dialect=dialect)],
    }


def diagnostics(data: bytes, *, name: str = "Modelfile", dialect: Dialect = "olbuild") -> tuple[Diagnostic, ...]:
    """Return all that the language says about a Modelfile, in the order of places. Files that it names are not read."""
    modelfile, found = analyse(data, name=name, dialect=dialect)
    expanded = expand(modelfile, None, None)
    stages, misnamed = split(expanded.instructions)
    wrong = (problem for stage in stages for problem in merge(stage.instructions)[1])
    everything = (*found, *expanded.found, *misnamed, *wrong)
    return tuple(sorted(everything, key=lambda each: (each.span.start, each.code)))


def kind_of(node: Node) -> str:
    """Return what a line is, in one word."""
    match node:
        case CommentNode():
            return "comment"
        case InstructionNode():
            return "instruction"
        case UnknownRoleNode():
            return "unknown-role"
        case IncompleteNode():
            return "incomplete"
        case StrayNode():
            return "stray"
        case _:
            assert_never(node)


def _node(node: Node) -> Json:
    document: Json = {"kind": kind_of(node), "span": span_document(node.span)}
    match node:
        case CommentNode() | StrayNode():
            return {**document, "text": node.span.text}
        case InstructionNode():
            return {
                **document,
                "keyword": _word(node.keyword),
                "name": _word(node.name) if node.name else None,
                "flags": [_flag(flag) for flag in node.flags],
                "value": _value(node.value),
            }
        case UnknownRoleNode():
            return {
                **document,
                "keyword": _word(node.keyword),
                "name": _word(node.role),
                "value": _value(node.value),
            }
        case IncompleteNode():
            return {**document, "keyword": _word(node.keyword), "rest": _word(node.rest)}
        case _:
            assert_never(node)


def _flag(flag: Flag) -> Json:
    return {"name": flag.name, "value": flag.value, "span": span_document(flag.span)}


def _word(word: Word) -> Json:
    return {"text": word.text, "span": span_document(word.span)}


def _value(value: Value) -> Json:
    return {"text": value.text, "quote": value.quote, "closed": value.closed, "span": span_document(value.span)}


def _diagnostic(diagnostic: Diagnostic) -> Json:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "span": span_document(diagnostic.span),
    }


def span_document(span: Span) -> Json:
    """Return a span with its two ends, each as offset, line and column."""
    return {"start": _place(span.source, span.start), "end": _place(span.source, span.end)}


def _place(source: Source, offset: int) -> Json:
    line, column = source.position(offset)
    return {"offset": offset, "line": line, "column": column}

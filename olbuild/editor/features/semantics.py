"""Semantic tokens: what a word is, where colours by regular expressions cannot know.

Above all Go templates and Jinja inside of a TEMPLATE. What is mere text gets no token, so that it keeps the colour that
the grammar of the editor gives it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lsprotocol import types

from olbuild.core.records import Frozen
from olbuild.core.text import Span
from olbuild.editor.text.document import Document
from olbuild.language.modelfile.nodes import CommentNode, IncompleteNode, InstructionNode, Node, UnknownRoleNode, Value
from olbuild.language.parameters import DEPRECATED, ENTRIES
from olbuild.language.template import template_language
from olbuild.language.template.jinja.tokens import jinja_tokens
from olbuild.language.template.syntax.tokens import Token, go_tokens

TYPES = (
    *("comment", "keyword", "property", "enumMember", "variable", "function"),
    *("string", "number", "operator", "decorator", "type", "macro"),
)
MODIFIERS = ("declaration", "deprecated")
LEGEND = types.SemanticTokensLegend(token_types=list(TYPES), token_modifiers=list(MODIFIERS))

_OF_TEMPLATES = {
    "comment": "comment",
    "mark": "macro",
    "keyword": "keyword",
    "function": "function",
    "field": "property",
    "variable": "variable",
    "string": "string",
    "number": "number",
    "constant": "enumMember",
    "operator": "operator",
}
_LINE_END = re.compile(r"\r\n|\r|\n")
_NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")


class _Piece(Frozen, order=True):
    start: int
    end: int
    type: str
    modifiers: int = 0


def semantic_tokens(document: Document) -> types.SemanticTokens:
    """Return the tokens of a document, each on one line, none over another."""
    names = iter(document.names)
    pieces = [piece for node in document.page.nodes for piece in _of_line(node)]
    pieces += [
        _Piece(each.start, each.end, "variable" if each.kind == "argument" else "type", int(each.declares))
        for each in names
    ]
    return types.SemanticTokens(data=_encode(document, _apart(sorted(pieces))))


def _of_line(node: Node) -> Iterator[_Piece]:
    if isinstance(node, CommentNode):
        yield _Piece(node.span.start, node.span.end, "comment")
    if not isinstance(node, InstructionNode | UnknownRoleNode | IncompleteNode):
        return
    yield _piece(node.keyword.span, "keyword")
    if not isinstance(node, InstructionNode):
        return
    keyword = node.keyword.text.upper()
    if node.name is not None and node.name.text:
        deprecated = 2 if keyword == "PARAMETER" and node.name.text in DEPRECATED else 0
        kind = "enumMember" if keyword == "MESSAGE" else "property"
        if keyword in {"MESSAGE", "LABEL"} or node.name.text in ENTRIES or deprecated:
            yield _Piece(node.name.span.start, node.name.span.end, kind, deprecated)
    for flag in node.flags:
        yield _Piece(flag.span.start, flag.span.start + len(flag.name) + len("--"), "decorator")
    if keyword == "PARAMETER" and _NUMBER.fullmatch(node.value.text):
        yield _piece(node.value.span, "number")
    if keyword == "TEMPLATE":
        yield from _of_template(node.value)


def _of_template(value: Value) -> Iterator[_Piece]:
    """Yield the tokens of a template. Its text is read as it stands, so that places are right."""
    start, end = value.span.start + len(value.quote), value.span.end - (len(value.quote) if value.closed else 0)
    text = value.span.source.text[start:end]
    tokens: Iterator[Token] = go_tokens(text) if template_language(text) == "go" else jinja_tokens(text)
    for token in tokens:
        yield _Piece(start + token.start, start + token.end, _OF_TEMPLATES[token.kind])


def _piece(span: Span, kind: str) -> _Piece:
    return _Piece(span.start, span.end, kind)


def _apart(pieces: list[_Piece]) -> Iterator[_Piece]:
    """Yield pieces that do not lie over each other: of two that do, the first one."""
    after = 0
    for piece in pieces:
        if piece.start >= after and piece.end > piece.start:
            yield piece
            after = piece.end


def _encode(document: Document, pieces: Iterator[_Piece]) -> list[int]:
    """Return the numbers of the protocol: five for each token, places relative to the one before."""
    data: list[int] = []
    line = character = 0
    for piece in pieces:
        for start, end in _lines_of(document.text, piece):
            at, column = document.position(start)
            _, until = document.position(end)
            data += [at - line, column - character if at == line else column, until - column]
            data += [TYPES.index(piece.type), piece.modifiers]
            line, character = at, column
    return data


def _lines_of(text: str, piece: _Piece) -> Iterator[tuple[int, int]]:
    """Yield the parts of a piece on each line."""
    start = piece.start
    for match in _LINE_END.finditer(text, piece.start, piece.end):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if piece.end > start:
        yield start, piece.end

"""lark's door: text in, our nodes out. lark's own tree and tokens never leave this file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal, assert_never, cast

from olbuild.core.records import Frozen
from olbuild.core.text import Source, Span
from olbuild.language.grammar import load_grammar
from olbuild.language.modelfile.instructions import Dialect
from olbuild.language.modelfile.nodes import (
    CommentNode,
    Extent,
    Flag,
    IncompleteNode,
    InstructionNode,
    Node,
    StrayNode,
    UnknownRoleNode,
    Value,
    Word,
)
from olbuild.language.modelfile.visible import Visible

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

MARK = "\ue000"
"""Stands for a quote that can no longer close. A private-use character is unprintable, so no visible text has it."""

Rule = Literal["comment", "stray", "simple", "named", "pair", "flagged", "unknown_role", "incomplete"]

_BLANKS = " \t"
_OPEN = frozenset({"OPEN", "TAIL_OPEN", "STRAY_OPEN"})


@cache
def _parser() -> Lark:
    return load_grammar("modelfile.lark", ("ollama", "olbuild"))


class Reading(Frozen, kw_only=True):
    """Nodes of a text, and where it stopped: ``opened`` is the visible offset of a quote that never closes."""

    nodes: list[Node]
    opened: int | None
    quote: Literal['"', '"""'] = '"'


class Frame(Frozen, kw_only=True):
    """Where a piece of visible text stands: in which source, and at which visible offset it begins."""

    source: Source
    visible: Visible
    base: int

    def span(self, start: int, end: int) -> Span:
        """Return the span of a range of the piece."""
        return Span(self.source, *self.visible.range(self.base + start, self.base + end))

    def extent(self, start: int, body: int, end: int) -> Extent:
        """Return the extent of a line whose free text begins right behind the character before ``body``."""
        original, base = self.visible.original, self.base
        free = original(base + body - 1) + 1 if body > start else original(base + start)
        return Extent(start=original(base + start), body=free, end=original(base + end))

    def word(self, token: Token) -> Word:
        """Return a word without the blank behind it."""
        text = token.rstrip(_BLANKS)
        return Word(text.replace(MARK, '"'), self.span(_begin(token), _begin(token) + max(len(text), 1)))

    def key(self, token: Token) -> Word:
        """Return the name that stands before an equals sign."""
        text = token.strip(_BLANKS).removesuffix("=")
        return Word(text, self.span(_end(token) - len(text) - 1, _end(token) - 1))


def read(text: str, frame: Frame, dialect: Dialect) -> Reading:
    """Parse a piece of visible text. Every text parses; what is wrong with it becomes a flawed node."""
    tree = _parser().parse(text, start=dialect)
    rows = [
        (cast("Rule", line.data), cast("list[Token | None]", line.children))
        for line in cast("list[Tree[Token]]", tree.children)
    ]
    nodes = [_node(rule, tokens, frame) for rule, tokens in rows]
    last = rows[-1][1][-1] if rows else None  # a quote that never closes runs to the end, so it is the last token
    if last is None or last.type not in _OPEN:
        return Reading(nodes=nodes, opened=None)
    quote = last.index('"')
    return Reading(nodes=nodes, opened=_begin(last) + quote, quote=_quote(last[quote : quote + 3]))


def _node(rule: Rule, tokens: list[Token | None], frame: Frame) -> Node:
    first, last = cast("Token", tokens[0]), tokens[-1]
    start, end = _begin(first), _end(first if last is None else last)
    match rule:
        case "comment":
            return CommentNode(extent=frame.extent(start, start + 1, end), span=frame.span(start, end))
        case "stray":
            closed = _is_closed(first)
            return StrayNode(extent=frame.extent(start, end, end), span=frame.span(start, end), closed=closed)
        case "simple":
            return _instruction(first, None, last, frame)
        case "named" | "pair":
            return _instruction(first, tokens[1], last, frame)
        case "flagged":
            return _instruction(first, None, last, frame, cast("list[Token]", tokens[1:-1]))
        case "unknown_role":
            node = _instruction(first, tokens[1], last, frame)
            return UnknownRoleNode(
                extent=node.extent, span=node.span, keyword=node.keyword, role=cast("Word", node.name), value=node.value
            )
        case "incomplete":
            keyword = frame.word(first)
            rest = Word("", frame.span(end - 1, end)) if last is None else frame.word(last)
            extent, span, closed = frame.extent(start, end, end), frame.span(start, end), _is_closed(last)
            return IncompleteNode(extent=extent, span=span, keyword=keyword, rest=rest, closed=closed)
        case _:
            assert_never(rule)


def _instruction(
    first: Token, named: Token | None, last: Token | None, frame: Frame, flags: Sequence[Token] = ()
) -> InstructionNode:
    keyword = frame.word(first)
    name = None if named is None else frame.key(named) if named.type == "KEY" else frame.word(named)
    body = _end(first if named is None else named)
    behind = _end(flags[-1]) if flags else body
    value = _value(last, behind, frame)
    return InstructionNode(
        extent=frame.extent(_begin(first), body, behind if last is None else _end(last)),
        span=Span(frame.source, keyword.span.start, value.span.end),
        keyword=keyword,
        name=name,
        value=value,
        flags=tuple(_flag(token, frame) for token in flags),
    )


def _flag(token: Token, frame: Frame) -> Flag:
    """Make a flag; the quotes around its value, if there are any, are no part of it."""
    text = token.lstrip(_BLANKS)
    name, _, value = text.partition("=")
    if value.startswith('"'):
        value = value[1:-1]
    span = frame.span(_end(token) - len(text), _end(token))
    return Flag(name.removeprefix("--"), value.replace(MARK, '"'), span)


def _value(token: Token | None, at: int, frame: Frame) -> Value:
    """Make a value; ``at`` is where an empty one stands."""
    if token is None or token.type == "EMPTY":
        return Value("", frame.span(at, at), "")
    text = str(token)
    start = _begin(token) + len(text) - len(text.lstrip(_BLANKS))
    text = text.strip(_BLANKS)
    span = frame.span(start, start + len(text))
    match token.type:
        case "TRIPLE":
            return Value(text[3:-3].replace(MARK, '"'), span, '"""')
        case "QUOTED":
            return Value(text[1:-1].replace(MARK, '"'), span, '"')
        case "OPEN":
            return Value(text, span, _quote(text), closed=False)
        case _:
            opened = text.startswith(MARK)
            text = text.replace(MARK, '"')
            return Value(text, span, _quote(text) if opened else "", closed=not opened)


def _quote(text: str) -> Literal['"', '"""']:
    return '"""' if text.startswith('"""') else '"'


def _is_closed(token: Token | None) -> bool:
    return token is None or (token.type not in _OPEN and MARK * 3 not in token)


def _begin(token: Token) -> int:
    return cast("int", token.start_pos)


def _end(token: Token) -> int:
    return cast("int", token.end_pos)

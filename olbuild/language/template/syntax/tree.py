"""lark's door for templates: text in, our nodes out. lark's own tree and tokens never leave this file."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from olbuild.core.text import Source, Span
from olbuild.language.grammar import load_grammar
from olbuild.language.template.codes import Code
from olbuild.language.template.syntax.flaws import TemplateFlaw, syntax_flaw
from olbuild.language.template.syntax.literals import unquote
from olbuild.language.template.syntax.nodes import (
    Action,
    Body,
    Branch,
    Break,
    Call,
    Continue,
    If,
    Node,
    Range,
    Text,
    With,
)
from olbuild.language.template.syntax.pipelines import PipelineReader

if TYPE_CHECKING:
    from lark import Lark, Token, Tree
    from lark.exceptions import UnexpectedInput

_BLANKS = " \t\r\n"
_DEEPEST = 60
"""The deepest nesting of actions and parentheses. Go's limit is 10,000; templates of models stay below 12."""


@cache
def _parser() -> Lark:
    return load_grammar("gotemplate.lark", ("start",))


def terminal_pattern(name: str) -> str:
    """Return the regular expression of a terminal of the grammar."""
    return _parser().get_terminal(name).pattern.to_regexp()


def read(source: Source) -> tuple[Body, list[tuple[str, Body, Span]]]:
    """Return the body of a template, and its definitions (``block`` among them) in the order in which they end.

    Raises:
        TemplateFlaw: if it is no template, with the first thing that is wrong.
    """
    from lark import UnexpectedInput as Unexpected  # noqa: PLC0415 - loaded with the parser

    try:
        tree = _parser().parse(source.text)
    except Unexpected as error:
        raise syntax_flaw(source, _place(error, source)) from None
    reader = _Reader(source)
    body = reader.body(tree.children)
    return body, reader.definitions


def _place(error: UnexpectedInput, source: Source) -> int:
    """Return where the parser stopped; the end of the text has a place only in words."""
    at = error.pos_in_stream
    at_end = at is None or at < 0 or getattr(getattr(error, "token", None), "type", "") == "$END"
    return len(source.text) if at_end else cast("int", at)


class _Reader:
    """Reads one tree. It keeps what a parser of Go keeps: the variables in scope, and how many ranges are open."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._pipelines = PipelineReader(source, _DEEPEST)
        self._ranges = 0
        self._depth = 0
        self.definitions: list[tuple[str, Body, Span]] = []

    def body(self, children: list[Tree[Token] | Token]) -> Body:
        """Read nodes; a definition among them goes to the definitions."""
        self._depth += 1
        if self._depth > _DEEPEST and children:
            raise TemplateFlaw(Code.TOO_DEEP, "the actions are nested too deeply", self._span_of(children[0]))
        nodes = [node for child in children if (node := self._node(child)) is not None]
        self._depth -= 1
        return tuple(nodes)

    def _node(self, child: Tree[Token] | Token) -> Node | None:
        if isinstance(child, str):
            return self._text(child) if child.type == "TEXT" else None
        return cast("Node | None", getattr(self, f"_{child.data}")(child.children, child))

    def _text(self, token: Token) -> Text | None:
        """Trim a text by the markers beside it (lex.go, lexText and lexRightDelim)."""
        whole, start, end = self._source.text, cast("int", token.start_pos), cast("int", token.end_pos)
        if whole[start - 3 : start] == "-}}" and start > 3 and whole[start - 4] in _BLANKS:  # noqa: PLR2004
            start = end - len(whole[start:end].lstrip(_BLANKS))
        if whole[end : end + 3] == "{{-" and whole[end + 3 : end + 4] in set(_BLANKS):
            end = start + len(whole[start:end].rstrip(_BLANKS))
        return Text(whole[start:end], Span(self._source, start, end)) if start < end else None

    def _action(self, children: list[Tree[Token]], _: Tree[Token]) -> Node:
        pipeline = self._pipelines.pipeline(children[0])
        return Action(pipeline, pipeline.span)

    def _if(self, children: list[Tree[Token] | None], _: Tree[Token]) -> Node:
        branches, otherwise = self._branches(children)
        return If(branches, otherwise, branches[0].pipeline.span)

    def _with(self, children: list[Tree[Token] | None], _: Tree[Token]) -> Node:
        branches, otherwise = self._branches(children)
        return With(branches, otherwise, branches[0].pipeline.span)

    def _branches(self, children: list[Tree[Token] | None]) -> tuple[tuple[Branch, ...], Body | None]:
        with self._pipelines.scope():
            branches = []
            for condition, body in zip(children[:-1:2], children[1::2], strict=True):
                pipeline = self._pipelines.pipeline(cast("Tree[Token]", condition))
                branches.append(Branch(pipeline, self._optional(body) or ()))
            return tuple(branches), self._optional(children[-1])

    def _range(self, children: list[Tree[Token] | None], _: Tree[Token]) -> Node:
        with self._pipelines.scope():
            pipeline = self._pipelines.range_pipeline(cast("Tree[Token]", children[0]))
            self._ranges += 1
            body = self._optional(children[1])
            self._ranges -= 1
            return Range(pipeline, body or (), self._optional(children[2]), pipeline.span)

    def _optional(self, body: Tree[Token] | None) -> Body | None:
        return None if body is None else self.body(body.children)

    def _template(self, children: list[Tree[Token] | Token | None], _: Tree[Token]) -> Node:
        word, name, pipeline = children
        span = self._span_of(word)
        if pipeline is None:
            # Go accepts it; Ollama does not ("undefined template specified", template.go, Identifiers).
            message = "this template is called without a value"
            raise TemplateFlaw(Code.BAD_DEFINITION, message, span, f"write {{{{ template {name} . }}}}")
        return Call(self._name(name), self._pipelines.pipeline(cast("Tree[Token]", pipeline)), span)

    def _block(self, children: list[Tree[Token] | Token], _: Tree[Token]) -> Node:
        name, pipeline, body = children
        call = Call(self._name(name), self._pipelines.pipeline(cast("Tree[Token]", pipeline)), self._span_of(name))
        self._define([name, body], cast("Tree[Token]", body))
        return call

    def _define(self, children: list[Tree[Token] | Token], _: Tree[Token]) -> None:
        name, body = children
        ranges, self._ranges = self._ranges, 0
        with self._pipelines.fresh():
            read = self._optional(cast("Tree[Token]", body)) or ()
        self._ranges = ranges
        self.definitions.append((self._name(name), read, self._span_of(name)))

    def _break(self, children: list[Token], _: Tree[Token]) -> Node:
        return Break(self._inside_range(children[0], "break"))

    def _continue(self, children: list[Token], _: Tree[Token]) -> Node:
        return Continue(self._inside_range(children[0], "continue"))

    def _inside_range(self, token: Token, word: str) -> Span:
        span = self._span_of(token)
        if not self._ranges:
            raise TemplateFlaw(Code.MISPLACED, f"{word} stands outside of a range", span)
        return span

    def _name(self, token: object) -> str:
        try:
            return unquote(str(token))
        except ValueError as error:
            raise TemplateFlaw(Code.BAD_LITERAL, str(error), self._span_of(token)) from None

    def _span_of(self, part: object) -> Span:
        """Return the span of a token, or of the first one in a tree."""
        while not isinstance(part, str):
            children = cast("list[object]", cast("Tree[Token]", part).children)
            part = next((child for child in children if child is not None), None)
            if part is None:
                return Span(self._source, 0, 0)
        token = cast("Token", part)
        return Span(self._source, cast("int", token.start_pos), cast("int", token.end_pos))

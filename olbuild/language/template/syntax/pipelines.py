"""Pipelines out of lark's tree: operands, fields and arguments told apart by the blanks between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from olbuild.core.text import Source, Span
from olbuild.language.template.codes import Code
from olbuild.language.template.syntax.flaws import TemplateFlaw, unknown_function
from olbuild.language.template.syntax.functions import FUNCTIONS
from olbuild.language.template.syntax.literals import character, number, unquote
from olbuild.language.template.syntax.nodes import (
    Chain,
    Command,
    Constant,
    Dot,
    Expression,
    Field,
    Function,
    Nil,
    Pipeline,
    Scalar,
    Variable,
)

if TYPE_CHECKING:
    from lark import Token, Tree

_LITERALS: dict[str, Callable[[str], Scalar]] = {
    "STRING": unquote,
    "RAW": unquote,
    "NUMBER": number,
    "CHARACTER": character,
    "BOOLEAN": "true".__eq__,
}


class PipelineReader:
    """Reads pipelines, and knows the variables that are in scope (parse.go keeps them in ``Tree.vars``)."""

    def __init__(self, source: Source, deepest: int) -> None:
        """Begin with the one variable that every template has."""
        self._source = source
        self._deepest = deepest
        self._depth = 0
        self._variables = ["$"]

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Forget afterwards what is declared inside."""
        before = len(self._variables)
        yield
        del self._variables[before:]

    @contextmanager
    def fresh(self) -> Iterator[None]:
        """Begin a definition: it sees no variable of the outside."""
        before, self._variables = self._variables, ["$"]
        yield
        self._variables = before

    def range_pipeline(self, tree: Tree[Token]) -> Pipeline:
        """Read the pipeline of a ``range``, which may declare two variables."""
        first, *children = tree.children
        counted = cast("Token | None", first)
        pipeline = self._pipeline(children, counted)
        if (
            counted is not None
            and len(pipeline.declared) == 1
            and not isinstance(pipeline.commands[0].arguments[0], Variable)
        ):
            raise TemplateFlaw(Code.SYNTAX, "range can only declare variables", pipeline.span)
        return pipeline

    def pipeline(self, tree: Tree[Token]) -> Pipeline:
        """Read any other pipeline."""
        return self._pipeline(tree.children)

    def _pipeline(self, children: list[Tree[Token] | Token], counted: Token | None = None) -> Pipeline:
        declaration, *commands = cast("list[Token | None]", children)
        names = [token for token in (counted, declaration) if token is not None]
        for token in names:
            self._known(token[1:], self._span(token))
        # As in Go, the variable is in scope for its own value, where only the execution tells that it has none.
        self._variables.extend(map(str, names))
        read = tuple(self._command(cast("Tree[Token]", command)) for command in commands)
        for stage, command in enumerate(read[1:], start=2):
            if isinstance(command.arguments[0], Constant | Nil | Dot):
                message = f"stage {stage} of the pipeline is a value, and only a function can follow a |"
                raise TemplateFlaw(Code.SYNTAX, message, command.arguments[0].span)
        start = self._span(names[0]).start if names else read[0].span.start
        span = Span(self._source, start, read[-1].span.end)
        assigns = declaration is not None and declaration.type == "ASSIGNED"
        return Pipeline(read, tuple(map(str, names)), assigns, span)

    def _command(self, tree: Tree[Token]) -> Command:
        arguments: list[Expression] = []
        end = -1
        for part in tree.children:
            start, stop = self._extent(part)
            if start == end:
                if not (isinstance(part, str) and part.type == "FIELD"):
                    message = "a blank is missing between two values"
                    raise TemplateFlaw(Code.SYNTAX, message, Span(self._source, start, stop))
                arguments[-1] = self._of(arguments[-1], part, stop)
            else:
                arguments.append(self._operand(part, Span(self._source, start, stop)))
            end = stop
        return Command(tuple(arguments), Span(self._source, arguments[0].span.start, end))

    def _extent(self, part: Tree[Token] | Token) -> tuple[int, int]:
        if isinstance(part, str):
            return cast("int", part.start_pos), cast("int", part.end_pos)
        first, last = cast("Token", part.children[0]), cast("Token", part.children[-1])
        return cast("int", first.start_pos), cast("int", last.end_pos)

    def _of(self, operand: Expression, field: Token, end: int) -> Expression:
        """Return a field of an operand."""
        name = str(field)[1:]
        span = Span(self._source, operand.span.start, end)
        self._known(name, span)
        match operand:
            case Field():
                return Field((*operand.names, name), span)
            case Variable():
                return Variable(operand.name, (*operand.names, name), span)
            case Chain():
                return Chain(operand.of, (*operand.names, name), span)
            case Function() | Pipeline():
                return Chain(operand, (name,), span)
            case _:
                raise TemplateFlaw(Code.SYNTAX, "this value has no fields", span)

    def _operand(self, part: Tree[Token] | Token, span: Span) -> Expression:
        if not isinstance(part, str):
            return self._parenthesis(part, span)
        text = str(part)
        match part.type:
            case "FIELD":
                self._known(text[1:], span)
                return Field((text[1:],), span)
            case "DOT":
                return Dot(span)
            case "NIL":
                return Nil(span)
            case "VARIABLE":
                if text not in self._variables:
                    raise TemplateFlaw(Code.UNDEFINED_VARIABLE, f"{text} is not declared here", span)
                return Variable(text, (), span)
            case "FUNCTION":
                if text not in FUNCTIONS:
                    raise unknown_function(text, span)
                return Function(text, span)
            case literal:
                return Constant(self._literal(literal, text, span), span)

    def _literal(self, kind: str, text: str, span: Span) -> Scalar:
        try:
            return _LITERALS[kind](text)
        except ValueError as error:
            raise TemplateFlaw(Code.BAD_LITERAL, str(error), span) from None

    def _parenthesis(self, tree: Tree[Token], span: Span) -> Pipeline:
        self._depth += 1
        if self._depth > self._deepest:
            raise TemplateFlaw(Code.TOO_DEEP, "the parentheses are nested too deeply", span)
        inner = self.pipeline(cast("Tree[Token]", tree.children[1]))
        self._depth -= 1
        return Pipeline(inner.commands, inner.declared, inner.assigns, span)

    def _known(self, name: str, span: Span) -> None:
        """Refuse letters that are none for Go: a name has letters, decimal digits and underscores."""
        if not name.isascii() and not all(part.isalpha() or part.isdecimal() or part == "_" for part in name):
            raise TemplateFlaw(Code.SYNTAX, f"{name} is no name", span)

    def _span(self, token: Token) -> Span:
        return Span(self._source, cast("int", token.start_pos), cast("int", token.end_pos))

"""Expressions become Python functions, once for a template; nothing of its tree is looked at while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeAlias, assert_never

from olbuild.core.text import Span
from olbuild.language.template.evaluate.access import field_of
from olbuild.language.template.evaluate.calls import function
from olbuild.language.template.evaluate.run import Evaluate, Run
from olbuild.language.template.go.errors import GoError
from olbuild.language.template.go.values import INVALID, Struct, Value
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
    Unrepresentable,
    Variable,
)

Stage: TypeAlias = Callable[[Run, Value, Value], Value]
"""What a command behind a ``|`` becomes: the last argument is what came before."""


def failing(message: str, span: Span) -> Evaluate:
    """Return what always fails: Go finds many mistakes only when it comes to them."""

    def fail(_run: Run, _dot: Value) -> NoReturn:
        raise _placed(GoError(message), span)

    return fail


def _placed(error: GoError, span: Span) -> GoError:
    if error.span is None:
        error.span = span
    return error


def pipeline(node: Pipeline) -> Evaluate:
    """Return what evaluates a pipeline, and declares or assigns its variables (exec.go, evalPipeline)."""
    first = command(node.commands[0])
    stages = [stage(later) for later in node.commands[1:]]

    def evaluate(run: Run, dot: Value) -> Value:
        value = first(run, dot)
        return INVALID if value is None else value

    def evaluate_stages(run: Run, dot: Value) -> Value:
        value = first(run, dot)
        for later in stages:
            value = later(run, dot, INVALID if value is None else value)
        return INVALID if value is None else value

    chosen = evaluate_stages if stages else evaluate
    if not node.declared:
        return chosen
    names, span = node.declared, node.span

    def declare(run: Run, dot: Value) -> Value:
        value = chosen(run, dot)
        for name in names:
            run.names.append(name)
            run.values.append(value)
        return value

    def assign(run: Run, dot: Value) -> Value:
        value = chosen(run, dot)
        for name in names:
            set_variable(run, name, value, span)
        return value

    return assign if node.assigns else declare


def set_variable(run: Run, name: str, value: Value, span: Span) -> None:
    """Give the innermost variable of a name another value."""
    for position in range(len(run.names) - 1, -1, -1):
        if run.names[position] == name:
            run.passed(len(run.names) - position)
            run.values[position] = value
            return
    raise _placed(GoError(f"undefined variable: {name}"), span)


def command(node: Command) -> Evaluate:
    """Return what evaluates the first command of a pipeline."""
    first, rest = node.arguments[0], node.arguments[1:]
    if isinstance(first, Function):
        return function(first.name, [argument(each) for each in rest], node.span)
    if isinstance(first, Nil):
        return failing("nil is not a command", first.span)
    if not rest:
        return argument(first)
    given = _given(first)
    return lambda run, dot: given(run, dot, INVALID)


def stage(node: Command) -> Stage:
    """Return what evaluates a command that gets the result of the one before it."""
    first, rest = node.arguments[0], node.arguments[1:]
    if isinstance(first, Function):
        arguments = [argument(each) for each in rest]
        piped: list[Value] = []
        # The last argument is already evaluated; a stack holds it, as the same call may be running further out.
        call = function(first.name, [*arguments, lambda _run, _dot: piped[-1]], node.span)

        def evaluate(run: Run, dot: Value, final: Value) -> Value:
            piped.append(final)
            try:
                return call(run, dot)
            finally:
                piped.pop()

        return evaluate
    return _given(first)


def _given(first: Expression) -> Stage:
    """Return what evaluates something that is no function and gets arguments nevertheless."""
    if isinstance(first, Field | Variable | Chain) and first.names:
        *names, last = first.names
        receiver = _receiver(first, tuple(names))
        span = first.span

        def evaluate(run: Run, dot: Value, _final: Value) -> Value:
            if receiver(run, dot) is INVALID:
                return INVALID
            raise _placed(GoError(f"{last} has arguments and is no function"), span)

        return evaluate
    fail = failing("an argument is given to something that is no function", first.span)
    return lambda run, dot, _final: fail(run, dot)


def _receiver(node: Field | Variable | Chain, names: tuple[str, ...]) -> Evaluate:
    match node:
        case Field():
            return _fields(lambda _run, dot: dot, names, node.span)
        case Variable():
            return _fields(_variable(node.name, node.span), names, node.span)
        case Chain():
            return _fields(argument(node.of), names, node.span)
        case _:
            assert_never(node)


def argument(node: Expression) -> Evaluate:
    """Return what evaluates an operand (exec.go, evalArg)."""
    match node:
        case Constant():
            return _constant(node)
        case Nil():
            return lambda _run, _dot: INVALID
        case Dot():
            return lambda _run, dot: dot
        case Field(names=(_,)):
            return _field(node)
        case Function():
            return function(node.name, [], node.span)
        case Field() | Variable() | Chain():
            return _receiver(node, node.names)
        case Pipeline():
            return pipeline(node)
        case _:
            assert_never(node)


def _constant(node: Constant) -> Evaluate:
    value = node.value
    if isinstance(value, Unrepresentable):
        return failing(f"{value.text} overflows int", node.span)
    return lambda _run, _dot: value


def _variable(name: str, span: Span) -> Evaluate:
    def evaluate(run: Run, _dot: Value) -> Value:
        names = run.names
        for position in range(len(names) - 1, -1, -1):
            if names[position] == name:
                run.passed(len(names) - position)
                return run.values[position]
        raise _placed(GoError(f"undefined variable: {name}"), span)

    return evaluate


def _field(node: Field) -> Evaluate:
    """Return one field of the current value; most are one of a message, so that goes first."""
    name, span = node.names[0], node.span

    def evaluate(run: Run, dot: Value) -> Value:
        if type(dot) is Struct and name in dot.values:
            return dot.values[name]
        try:
            return field_of(dot, name, run.missing)
        except GoError as error:
            raise _placed(error, span) from None

    return evaluate


def _fields(receiver: Evaluate, names: tuple[str, ...], span: Span) -> Evaluate:
    if not names:
        return receiver

    def evaluate(run: Run, dot: Value) -> Value:
        value = receiver(run, dot)
        try:
            for name in names:
                value = field_of(value, name, run.missing)
        except GoError as error:
            raise _placed(error, span) from None
        return value

    return evaluate

"""Expressions of Go as terms of Jinja."""

from __future__ import annotations

from functools import partial
from typing import assert_never

from olbuild.language.template.portable.constants import constant
from olbuild.language.template.portable.functions import call
from olbuild.language.template.portable.literals import literal
from olbuild.language.template.portable.scope import Scope
from olbuild.language.template.portable.texts import NO_VALUE, choice, distribute, failed, truth
from olbuild.language.template.portable.types import (
    ANY,
    MESSAGE,
    MISSING,
    Choice,
    NotPortable,
    Root,
    Term,
    Value,
)
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
    Variable,
)

_METHODS = {
    "String": ("print", frozenset({"tools", "tool", "arguments", "properties", "type_names"})),
    "ToTypeScriptType": ("toTypeScriptType", frozenset({"property"})),
}
"""Methods of Ollama's types that a field may name: the function that does the same, and the types."""


class Expressions:
    """Translates the expressions of one place: its scope knows the variables, ``dot`` is the current value."""

    def __init__(self, scope: Scope, dot: Value) -> None:
        """Translate for a place."""
        self._scope = scope
        self._dot = dot

    def pipeline(self, node: Pipeline) -> Value:
        """Translate a pipeline without what it declares."""
        value = _settled(self._command(node.commands[0], None))
        for later in node.commands[1:]:
            value = _settled(self._command(later, value))
        return value

    def _command(self, node: Command, final: Value | None) -> Value:
        first, rest = node.arguments[0], node.arguments[1:]
        with self._scope.at(node.span):
            match first:
                case Function(name="and" | "or" as name):
                    return self._junction(name, rest, final)
                case Function(name=name):
                    given = [self.argument(each) for each in rest]
                    return call(name, given if final is None else [*given, final], self._scope.use)
                case Nil():
                    return failed("nil is not a command")
                case Field() | Variable() | Chain() if first.names and (rest or final is not None):
                    # Go's mistake, unless what has the field is missing: then it looks no further.
                    raise NotPortable("an argument of what is no function")
                case _ if rest or final is not None:
                    return failed("an argument is given to something that is no function")
                case _:
                    return self.argument(first)

    def _junction(self, name: str, rest: tuple[Expression, ...], final: Value | None) -> Value:
        values = [self.argument(each) for each in rest] + ([] if final is None else [final])
        if not values:
            return failed(f"{name} needs an argument")
        value = values.pop()
        while values:
            first = values.pop()
            condition = truth(first)
            if condition in {"true", "false"}:
                value = first if (condition == "true") == (name == "or") else value
            else:
                value = choice(condition, first, value) if name == "or" else choice(condition, value, first)
        return value

    def argument(self, node: Expression) -> Value:
        """Translate an operand."""
        match node:
            case Constant(value=value):
                return constant(value)
            case Nil():
                return NO_VALUE
            case Dot():
                return self._dot
            case Field():
                return self._fields(self._dot, node.names)
            case Variable():
                return self._fields(self._scope.variable(node.name), node.names)
            case Function():
                return self._command(Command((node,), node.span), None)
            case Chain():
                return self._fields(self.argument(node.of), node.names)
            case Pipeline():
                if node.declared:
                    with self._scope.at(node.span):
                        raise NotPortable("a variable inside of parentheses")
                return self.pipeline(node)
            case _:
                assert_never(node)

    def _fields(self, value: Value, names: tuple[str, ...]) -> Value:
        for name in names:
            value = self._field(value, name)
        return value

    def _field(self, value: Value, name: str) -> Value:
        if isinstance(value, Root):
            return value.keys.get(name) or self._scope.missing
        if isinstance(value, Choice):
            return distribute(value, partial(self._field_of, name))
        return self._field_of(name, value)

    def _field_of(self, name: str, value: Term) -> Value:
        if name in value.type.parts:
            pattern, part = value.type.parts[name]
            if value.type is MESSAGE:
                self._scope.see(name)
            return Term(pattern.format(value.code), part)
        method = _METHODS.get(name)
        if method is not None and value.type.name in method[1]:
            return call(method[0], [value], self._scope.use)
        return _entry(value, name)


def _entry(value: Term, name: str) -> Value:
    """Return an entry of a map, or what Go says of a value that is none."""
    match value.type.kind:
        case "nothing":
            return NO_VALUE
        case "map" if value.type.element is not None and value.type.element.kind != "any":
            return Term(f"({value.code}.get({literal(name)}) or {{}})", value.type.element)
        case "map" | "any":
            return Term(f"{value.code}.get({literal(name)})", ANY)
        case "error":
            return value
        case _ if value.type.name == "nested_properties":
            raise NotPortable("the properties of a property as a value")
        case _:
            return failed(f"there is no field {name} here")


def _settled(value: Value) -> Value:
    """Return what a pipeline makes of a value: an unknown key is no value at all behind it."""
    if isinstance(value, Term) and value.type is MISSING:
        return NO_VALUE
    if isinstance(value, Choice):
        return Choice(value.condition, _settled(value.then), _settled(value.otherwise))
    return value

"""The tree of a Go template: what text/template/parse has in node.go, frozen and with spans."""

from __future__ import annotations

from typing import TypeAlias

from olbuild.core.records import Frozen
from olbuild.core.text import Span


class Unrepresentable(Frozen):
    """A number that Go's parser accepts and its executor refuses, such as ``0xffffffffffffffff``."""

    text: str


Scalar: TypeAlias = "str | bool | int | float | complex | Unrepresentable"
"""The value of a literal. A quoted character is a number; bytes that are not UTF-8 are surrogate escapes."""


class Constant(Frozen):
    """A literal: text, character, number or boolean."""

    value: Scalar
    span: Span


class Nil(Frozen):
    """The word ``nil``."""

    span: Span


class Dot(Frozen):
    """The value that is current: ``.``."""

    span: Span


class Field(Frozen):
    """Fields of the current value: ``.Function.Name``."""

    names: tuple[str, ...]
    span: Span


class Variable(Frozen):
    """A variable, with its dollar, and fields of it: ``$message.Role``."""

    name: str
    names: tuple[str, ...]
    span: Span


class Function(Frozen):
    """A function by name. Standing alone it is a call without arguments."""

    name: str
    span: Span


class Chain(Frozen):
    """Fields of a value in parentheses, or of a function's result: ``(index .Messages 0).Role``."""

    of: Function | Pipeline
    names: tuple[str, ...]
    span: Span


class Command(Frozen):
    """Operands with blanks between them: a value, or a function and its arguments."""

    arguments: tuple[Expression, ...]
    span: Span


class Pipeline(Frozen):
    """Commands, each of which gets the result of the one before it as its last argument.

    ``declared`` are variables, with their dollar: two only in ``range``. They are new unless ``assigns``.
    """

    commands: tuple[Command, ...]
    declared: tuple[str, ...]
    assigns: bool
    span: Span


Expression: TypeAlias = "Constant | Nil | Dot | Field | Variable | Function | Chain | Pipeline"


class Text(Frozen):
    """Literal text, trimmed by the markers beside it, and never empty."""

    text: str
    span: Span


class Action(Frozen):
    """``{{ pipeline }}``: prints its value, unless it declares or assigns a variable."""

    pipeline: Pipeline
    span: Span


class If(Frozen):
    """``if``, and every ``else if`` of it; ``otherwise`` is None where there is no ``else``."""

    branches: tuple[Branch, ...]
    otherwise: Body | None
    span: Span


class With(Frozen):
    """``with``, and every ``else with`` of it. A branch sees its value as the current one."""

    branches: tuple[Branch, ...]
    otherwise: Body | None
    span: Span


class Branch(Frozen):
    """A condition and what it guards."""

    pipeline: Pipeline
    body: Body


class Range(Frozen):
    """``range``. ``otherwise`` is for an empty collection."""

    pipeline: Pipeline
    body: Body
    otherwise: Body | None
    span: Span


class Call(Frozen):
    """``{{ template "name" pipeline }}``, or the place where a ``block`` stands."""

    name: str
    pipeline: Pipeline
    span: Span


class Break(Frozen):
    """Ends the innermost ``range``."""

    span: Span


class Continue(Frozen):
    """Ends one pass of the innermost ``range``."""

    span: Span


Node: TypeAlias = "Text | Action | If | With | Range | Call | Break | Continue"
Body: TypeAlias = "tuple[Node, ...]"

"""Comparisons of terms. What Go refuses to compare becomes a failure; nothing is compared that Go would not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from olbuild.language.template.portable.texts import Use, distribute, failed, single, truth
from olbuild.language.template.portable.types import BOOL, ERROR, NotPortable, Term, Type, Value

COMPARED = frozenset({"text", "int", "float", "bool", "any", "nothing", "missing"})
"""Kinds of values that Go compares."""


def negate(values: list[Value], _: Use) -> Value:
    """Return ``not`` of a value."""
    condition = truth(values[0])
    if condition in {"true", "false"}:
        return _bool(condition != "true")
    return Term(f"(not {condition})", BOOL)


def _bool(value: bool) -> Term:  # noqa: FBT001 - the value itself
    return Term("true" if value else "false", BOOL, known=value)


def eq(values: list[Value], _: Use) -> Value:
    """Return whether the first value equals any of the others."""
    first, *others = values
    if not others:
        return failed("eq needs something to compare with")
    terms = [single(distribute(first, partial(_equal_to, other))) for other in others]
    if len(terms) == 1:
        return terms[0]
    return Term("(" + " or ".join(term.code for term in terms) + ")", BOOL)


def _equal_to(other: Value, first: Term) -> Value:
    return distribute(other, partial(_equal, first))


def _equal(first: Term, second: Term) -> Term:
    one, two = first.type, second.type
    if ERROR in (one, two):
        return first if one is ERROR else second
    nothing = {"nothing", "missing"}
    if one.kind in nothing and two.kind in nothing:
        return _bool(True)  # noqa: FBT003
    if one.kind not in COMPARED or two.kind not in COMPARED:
        return _equal_composite(one, two, first, second)
    if (one.kind in nothing) != (two.kind in nothing) and "any" not in {one.kind, two.kind}:
        return _bool(False)  # noqa: FBT003
    if one is not two and "any" not in {one.kind, two.kind}:
        return failed("incompatible types for comparison")
    return Term(f"({first.code} == {second.code})", BOOL)


def _equal_composite(one: Type, two: Type, first: Term, second: Term) -> Term:
    """Compare with nil, which is all that Go compares a list with."""
    if two.kind == "nothing" and one.name in {"messages", "tool_calls"}:
        return Term(f"(not {first.code})", BOOL)
    if one.kind == "nothing" and two.name in {"messages", "tool_calls"}:
        return Term(f"(not {second.code})", BOOL)
    nullish = {"nothing", "tools"}
    if {one.name, two.name} <= nullish and one is not two:
        return Term(f"({(first if one.name == 'tools' else second).code} is none)", BOOL)
    if _is_scalar(one) != _is_scalar(two) and "any" not in {one.kind, two.kind}:
        return failed("incompatible types for comparison")
    raise NotPortable("a comparison of values that are no text, number or boolean")


def _is_scalar(type_: Type) -> bool:
    return type_.kind in {"text", "int", "float", "bool"}


def ne(values: list[Value], use: Use) -> Value:
    """Return whether two values differ."""
    equal = eq(values, use)
    return equal if isinstance(equal, Term) and equal.type is ERROR else negate([equal], use)


def ordered(sign: str) -> Callable[[list[Value], Use], Value]:
    """Return the comparison that a sign of Jinja makes."""

    def compare(values: list[Value], _: Use) -> Value:
        def one(first: Term) -> Value:
            return distribute(values[1], lambda second: _order(first, second, sign))

        return distribute(values[0], one)

    return compare


def _order(first: Term, second: Term, sign: str) -> Term:
    kinds = {first.type.kind, second.type.kind}
    if "error" in kinds:
        return first if first.type is ERROR else second
    if not kinds <= {"text", "int", "float", "any"}:
        return failed("invalid type for comparison")
    if len(kinds - {"any"}) > 1:
        return failed("incompatible types for comparison")
    return Term(f"({first.code} {sign} {second.code})", BOOL)

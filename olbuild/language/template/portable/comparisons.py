"""Comparisons of terms. What Go refuses to compare becomes a failure; nothing is compared that Go would not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from olbuild.language.template.portable.literals import failure
from olbuild.language.template.portable.texts import Use, distribute, failed, single, truth
from olbuild.language.template.portable.types import BOOL, ERROR, NOTHING, NotPortable, Term, Type, Value

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
    """Compare lists: with nil, and nil ones with each other, which is all that Go does with them."""
    nils = [_nil(first), _nil(second)]
    if "" not in nils and not one.kind == two.kind == "nothing":
        if NOTHING in (one, two):
            return Term(nils[0] if two is NOTHING else nils[1], BOOL)
        refused = failure("non-comparable types")
        return Term(f"(({' and '.join(nils)}) if ({' or '.join(nils)}) else {refused})", BOOL)
    if _is_scalar(one) != _is_scalar(two) and "any" not in {one.kind, two.kind}:
        return failed("incompatible types for comparison")
    raise NotPortable("a comparison of values that are no text, number or boolean")


def _nil(term: Term) -> str:
    """Return the condition that a list is nil, or nothing where that is not known."""
    match term.type.name:
        case "nothing":
            return "true"
        case "tools":
            return f"({term.code} is none)"
        case "messages" | "tool_calls":
            return f"(not {term.code})"
        case _:
            return ""


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


_TESTS = {"<": "({0} is lt({1}))", ">": "({0} is gt({1}))", "<=": "(not {0} is gt({1}))", ">=": "(not {0} is lt({1}))"}
"""Texts are compared by tests: llama.cpp's engine has the signs for numbers alone, and no test ``le``."""


def _order(first: Term, second: Term, sign: str) -> Term:
    kinds = {first.type.kind, second.type.kind}
    if "error" in kinds:
        return first if first.type is ERROR else second
    if not kinds <= {"text", "int", "float", "any"}:
        return failed("invalid type for comparison")
    if len(kinds - {"any"}) > 1:
        return failed("incompatible types for comparison")
    if not kinds <= {"int", "float"}:
        return Term(_TESTS[sign].format(first.code, second.code), BOOL)
    return Term(f"({first.code} {sign} {second.code})", BOOL)

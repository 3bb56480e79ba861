"""Literals of Go as terms, and functions of literals alone: their result is known before the template runs."""

from __future__ import annotations

from typing import assert_never

from olbuild.language.template.go.errors import GoError
from olbuild.language.template.portable.literals import decimal, literal
from olbuild.language.template.portable.texts import failed
from olbuild.language.template.portable.types import BOOL, FLOAT, INT, TEXT, NotPortable, Term, Value
from olbuild.language.template.syntax.nodes import Scalar, Unrepresentable

_LONGEST = 4000  # characters of a result; ``printf "%9999d"`` is short to write


def constant(value: Scalar) -> Term:
    """Return the term of a literal."""
    match value:
        case bool():
            return Term("true" if value else "false", BOOL, known=value, constant=value)
        case int():
            return Term(str(value) if value >= 0 else f"({value})", INT, known=value != 0, constant=value)
        case float():
            return Term(f"({decimal(value)})", FLOAT, known=value != 0, constant=value)
        case str():
            return Term(literal(value), TEXT, known=bool(value), constant=value)
        case complex():
            raise NotPortable("a complex number")
        case Unrepresentable():
            return failed(f"{value.text} overflows int")
        case _:
            assert_never(value)


def folded(name: str, values: list[Value]) -> Term | None:
    """Return the result of a function if all of its arguments are literals, else None."""
    constants = [value.constant for value in values if isinstance(value, Term) and value.constant is not None]
    if not values or len(constants) < len(values):
        return None
    from olbuild.language.template.go.functions import SIGNATURES  # noqa: PLC0415 - few templates call one so
    from olbuild.language.template.go.values import Byte  # noqa: PLC0415

    signature = SIGNATURES.get(name)
    if signature is None:
        return None
    if len(values) < signature.least or (signature.most is not None and len(values) > signature.most):
        return None
    try:
        result = signature.apply(*constants)
    except GoError as error:
        return failed(str(error))
    if isinstance(result, str) and len(result) <= _LONGEST:
        return constant(result)
    if isinstance(result, bool | int | float) and not isinstance(result, Byte):
        return constant(result)
    return None

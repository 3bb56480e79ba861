"""Comparison (text/template/funcs.go): ``eq`` and ``lt``, on which the others are built."""

from __future__ import annotations

from olbuild.language.template.go.errors import GoError
from olbuild.language.template.go.values import INVALID, Map, Nil, Slice, Struct, Value, type_name


def _kind(value: Value) -> type | None:
    """Return what a value is compared as, or None if it is of no basic kind."""
    match value:
        case bool():
            return bool
        case int():
            return int
        case float():
            return float
        case str():
            return str
        case complex():
            return complex
        case _:
            return None


def equal(first: Value, others: tuple[Value, ...]) -> bool:
    """Whether the first value equals any of the others.

    Raises:
        GoError: for types that Go does not compare, or nothing to compare with.
    """
    if not others:
        raise GoError("missing argument for comparison")
    kind = _kind(first)
    return any(_equal(first, kind, other) for other in others)


def _equal(first: Value, kind: type | None, other: Value) -> bool:
    other_kind = _kind(other)
    if kind is not other_kind:
        if _is_something(first) and _is_something(other):
            raise GoError(f"incompatible types for comparison: {type_name(first)} and {type_name(other)}")
        return False
    if kind is not None:
        return first == other
    if _is_something(first) and _is_something(other) and _shape(first) is not _shape(other):
        raise GoError(f"non-comparable types {type_name(first)} and {type_name(other)}")
    if _is_nil(first) or _is_nil(other):
        return _is_nil(first) and _is_nil(other)
    if not (isinstance(other, Struct) and other.pointer):
        raise GoError(f"non-comparable type {type_name(other)}")
    return first is other


def _is_something(value: Value) -> bool:
    return value is not None and value is not INVALID


def _is_nil(value: Value) -> bool:
    match value:
        case Slice():
            return value.items is None
        case Map():
            return value.entries is None
        case Struct():
            return False
        case _:
            return True


def _shape(value: Value) -> object:
    if isinstance(value, Nil) or (isinstance(value, Struct) and value.pointer):
        return "pointer"
    return type(value)


def less(first: Value, second: Value) -> bool:
    """Whether the first value is less than the second.

    Raises:
        GoError: for types that have no order.
    """
    kind, other = _kind(first), _kind(second)
    if kind is None or other is None:
        raise GoError("invalid type for comparison")
    if kind is not other:
        raise GoError(f"incompatible types for comparison: {type_name(first)} and {type_name(second)}")
    if kind is bool or kind is complex:
        raise GoError("invalid type for comparison")
    if kind is str:
        return _bytes(first) < _bytes(second)
    return first < second  # type: ignore[operator] # two numbers of one kind


def _bytes(value: Value) -> bytes:
    return str(value).encode("utf-8", "surrogateescape")

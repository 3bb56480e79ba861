"""``len``, ``index`` and ``slice`` (text/template/funcs.go). Texts count in bytes."""

from __future__ import annotations

from typing import cast

from olbuild.language.template.go.errors import GoError
from olbuild.language.template.go.values import (
    INVALID,
    Byte,
    Map,
    Nil,
    Slice,
    Value,
    byte_length,
    type_name,
)

_MOST_BOUNDS = 3


def length(value: Value) -> int:
    """Return the length of a text, a slice or a map."""
    match value:
        case str():
            return byte_length(value)
        case Slice():
            return len(value.items or ())
        case Map():
            return len(value.entries or ())
        case None | Nil():
            raise GoError("len of nil pointer")
        case _:
            raise GoError(f"len of type {type_name(value)}")


def index(value: Value, *keys: Value) -> Value:
    """Return an element of an element, and so on; without keys the value itself."""
    if value is None or value is INVALID:
        raise GoError("index of untyped nil")
    for key in keys:
        value = _element(value, key)
    return value


def _element(value: Value, key: Value) -> Value:
    match value:
        case None | Nil():
            raise GoError("index of nil pointer")
        case str():
            octets = value.encode("utf-8", "surrogateescape")
            at = _bound(key, len(octets))
            if at == len(octets):
                raise GoError(f"index out of range: {at}")
            return Byte(octets[at])
        case Slice():
            items = value.items or []
            at = _bound(key, len(items))
            if at == len(items):
                raise GoError(f"index out of range: {at}")
            return items[at]
        case Map():
            if key is None or key is INVALID:
                raise GoError("value is nil; should be of type string")
            if not isinstance(key, str):
                raise GoError(f"value has type {type_name(key)}; should be string")
            return (value.entries or {}).get(key, value.zero)
        case _:
            raise GoError(f"can't index item of type {type_name(value)}")


def _bound(key: Value, most: int) -> int:
    if key is None or key is INVALID:
        raise GoError("cannot index slice/array with nil")
    if not isinstance(key, int) or isinstance(key, bool):
        raise GoError(f"cannot index slice/array with type {type_name(key)}")
    if key < 0 or key > most:
        raise GoError(f"index out of range: {int(key)}")
    return int(key)


def slice_of(value: Value, *bounds: Value) -> Value:
    """Return a part of a text or a slice, from the first bound up to, and not with, the second."""
    if value is None or value is INVALID:
        raise GoError("slice of untyped nil")
    if isinstance(value, Nil):
        raise GoError("slice of nil pointer")
    if len(bounds) > _MOST_BOUNDS:
        raise GoError(f"too many slice indexes: {len(bounds)}")
    if isinstance(value, str):
        return _text_slice(value, bounds)
    if not isinstance(value, Slice):
        raise GoError(f"can't slice item of type {type_name(cast('Value', value))}")
    items = value.items or []
    room = items + value.spare if value.spare else items
    start, end = _bounds(bounds, len(items), len(room))
    capacity = len(room)
    if len(bounds) == _MOST_BOUNDS:
        capacity = _bound(bounds[2], len(room))
        if end > capacity:
            raise GoError(f"invalid slice index: {end} > {capacity}")
    return Slice(value.type, room[start:end] if value.items is not None else None, room[end:capacity])


def _text_slice(text: str, bounds: tuple[Value, ...]) -> str:
    if len(bounds) == _MOST_BOUNDS:
        raise GoError("cannot 3-index slice a string")
    octets = text.encode("utf-8", "surrogateescape")
    start, end = _bounds(bounds, len(octets), len(octets))
    return octets[start:end].decode("utf-8", "surrogateescape")


def _bounds(bounds: tuple[Value, ...], size: int, capacity: int) -> tuple[int, int]:
    ends = [0, size]
    for position, bound in enumerate(bounds[:2]):
        ends[position] = _bound(bound, capacity)
    if ends[0] > ends[1]:
        raise GoError(f"invalid slice index: {ends[0]} > {ends[1]}")
    return ends[0], ends[1]
